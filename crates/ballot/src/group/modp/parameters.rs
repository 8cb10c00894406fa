//! The two parameter sets, compiled in (protocol 2.2).

use std::fmt;
use std::sync::LazyLock;

use crypto_bigint::modular::FixedMontyParams;
use crypto_bigint::{NonZero, Odd, Uint};

use super::Modp;
use crate::group::GroupId;
use crate::group::montgomery::{Modulus, Residue, WORDS};
use crate::group::straus::FixedTable;

/// The parameters of one group and everything derived from them once.
#[derive(Debug)]
pub struct Parameters<const L: usize> {
    pub(super) modulus: Modulus,
    pub(super) p: FixedMontyParams<WORDS>,
    pub(super) q: FixedMontyParams<L>,
    pub(super) q_bits: u32,
    pub(super) cofactor: Uint<WORDS>,
    pub(super) generator: Residue,
    pub(super) generator_table: FixedTable,
    pub(super) safe_prime: bool,
}

impl<const L: usize> Parameters<L> {
    fn new(p: &str, q: &str, g: &str, safe_prime: bool) -> Self {
        let p_odd = Odd::<Uint<WORDS>>::from_be_hex(p);
        let q_odd = Odd::<Uint<L>>::from_be_hex(q);
        let modulus = Modulus::new(p_odd.as_ref().to_words());
        let generator = modulus.enter(Uint::<WORDS>::from_be_hex(g).as_words());
        let mut q_wide = [0u64; WORDS];
        q_wide.iter_mut().zip(q_odd.as_ref().to_words()).for_each(|(to, from)| *to = from);
        let q_wide = Uint::from_words(q_wide).to_nz_vartime().unwrap_or(NonZero::ONE);
        let cofactor = p_odd.as_ref().wrapping_sub(&Uint::ONE).wrapping_div_vartime(&q_wide);
        let q_bits = q_odd.as_ref().bits_vartime();
        let width = Self::table_width();
        let generator_table = FixedTable::new(&modulus, &generator, q_bits as usize, width);
        Self {
            p: FixedMontyParams::new_vartime(p_odd),
            q: FixedMontyParams::new_vartime(q_odd),
            modulus,
            q_bits,
            cofactor,
            generator,
            generator_table,
            safe_prime,
        }
    }

    /// Wide windows pay for short exponents only: 2 MiB for 256 bits, and as much for 2047 bits with narrow ones.
    pub(super) fn table_width() -> usize {
        if L <= 8 { 8 } else { 4 }
    }
}

/// Which of the finite-field groups; implemented by the two parameter sets of this module only.
pub trait ModpParameters<const L: usize>:
    Copy + Clone + fmt::Debug + Default + PartialEq + Eq + Send + Sync + sealed::Sealed + 'static
{
    /// Which group this is.
    const ID: GroupId;
    /// Bits below the payload of an embedded element and whether there is an embedding at all.
    const EMBEDS: bool;
    /// The parameters.
    fn parameters() -> &'static Parameters<L>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::BeleniosParameters {}
    impl Sealed for super::Rfc3526Parameters {}
}

/// Marker of the parameters of BELENIOS-2048.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BeleniosParameters;

/// Marker of the parameters of RFC-3526-2048.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rfc3526Parameters;

/// The group BELENIOS-2048: 256-bit exponents, no embedding.
pub type Belenios2048 = Modp<BeleniosParameters, 4>;
/// The group RFC-3526-2048: quadratic residues modulo a safe prime, exponents of 2047 bits.
pub type Rfc3526 = Modp<Rfc3526Parameters, 32>;

impl ModpParameters<4> for BeleniosParameters {
    const ID: GroupId = GroupId::Belenios2048;
    const EMBEDS: bool = false;
    fn parameters() -> &'static Parameters<4> {
        static PARAMETERS: LazyLock<Parameters<4>> = LazyLock::new(|| {
            Parameters::new(
                concat!(
                    "a3ef2d011fefb1b6e39e568fccdffb0fb7dc7ef3a791b6862791811d21fc35f2",
                    "1e6d36856b428030421f514ed40bfd4c06e092a495af8d79a2f85e0fb11c0ede",
                    "07dd973f9c53e50930c6e82ac36de1ae3fb8c3aabfff12ce27a5022ddd8912d1",
                    "07435012768a2cdd0a4091d8fa447f6c7ebc15a349fa318a6b4fe17d8d47e843",
                    "a3e14dfa9b2162f4d7229abe93a188b46b006517d6f6747ebbb29c9ec3099b60",
                    "7f18fb1a8bc858279aa8599411d998d3e3fada9e010840d082d8c31911acdd4a",
                    "0e7992d0f18cc759cb5de0acf66a3882555bc810941e021b6a4ccfa04ee4008f",
                    "878affa2375e2999b44f6cef17d707301e59e0e6351e051ed9cec4157646e64f",
                ),
                "adb6066a73522565f4daa0f2579db7f2f0fa90c2168bc709e20263387d55c491",
                concat!(
                    "1307c1ab5f295885d7caa3a78a42415e31fd1c5807b61fb1e781878a52230a51",
                    "988b98c259597f9c5a9dfd001d26ba31d9d8976f01d95a1c8262ee68a0e92cea",
                    "541e5219e0d0d094301b894236823fe1d4bc04e29f3748aefd4f10d5b1a356a8",
                    "643e673fd9d215fc8fe5fb9cf9fdb8ea88fdb1a3381a697fdf9c2458570b06d2",
                    "6aef1be365fdd90165f397c6b870df8c1b9e519edcee8bb0f74b7a1615a274ba",
                    "60a7ea574a61f552d2dde0ce514e0927c4ff49b1964c4a913731ae4268d60d7f",
                    "22127b6cbba44d453ac8b72fd04e0991b7aeff04867d8724ac638f5f34100d2d",
                    "47aa680d43771902743d663f42d853c041e1c91fe3823f4bcf284308f1d7e653",
                ),
                false,
            )
        });
        &PARAMETERS
    }
}

impl ModpParameters<32> for Rfc3526Parameters {
    const ID: GroupId = GroupId::Rfc3526;
    const EMBEDS: bool = true;
    fn parameters() -> &'static Parameters<32> {
        static PARAMETERS: LazyLock<Parameters<32>> = LazyLock::new(|| {
            Parameters::new(
                concat!(
                    "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74",
                    "020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437",
                    "4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed",
                    "ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf05",
                    "98da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb",
                    "9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b",
                    "e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf695581718",
                    "3995497cea956ae515d2261898fa051015728e5a8aacaa68ffffffffffffffff",
                ),
                concat!(
                    "7fffffffffffffffe487ed5110b4611a62633145c06e0e68948127044533e63a",
                    "0105df531d89cd9128a5043cc71a026ef7ca8cd9e69d218d98158536f92f8a1b",
                    "a7f09ab6b6a8e122f242dabb312f3f637a262174d31bf6b585ffae5b7a035bf6",
                    "f71c35fdad44cfd2d74f9208be258ff324943328f6722d9ee1003e5c50b1df82",
                    "cc6d241b0e2ae9cd348b1fd47e9267afc1b2ae91ee51d6cb0e3179ab1042a95d",
                    "cf6a9483b84b4b36b3861aa7255e4c0278ba3604650c10be19482f23171b671d",
                    "f1cf3b960c074301cd93c1d17603d147dae2aef837a62964ef15e5fb4aac0b8c",
                    "1ccaa4be754ab5728ae9130c4c7d02880ab9472d455655347fffffffffffffff",
                ),
                &format!("{:0512x}", 2),
                true,
            )
        });
        &PARAMETERS
    }
}
