import statistics as st
data = [2.75, 1.75, 1.25, 0.25, 0.5, 1.25, 3.5]
print(round(st.mean(data), 6), st.median(data), st.median_low([1, 2, 3, 4]), st.mode([1, 1, 2]))
print(round(st.stdev(data), 6), round(st.pvariance(data), 6), st.multimode("aabbc"))
print([round(q, 3) for q in st.quantiles(range(1, 101), n=4)], round(st.harmonic_mean([40, 60]), 3))
print(round(st.correlation([1, 2, 3], [2, 4, 7]), 5), st.fmean([1, 2, 3.5]))
try:
    st.mean([])
except st.StatisticsError as error:
    print(error)
