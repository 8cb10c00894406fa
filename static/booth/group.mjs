// The three groups of the protocol, written multiplicatively as in the specification: mul, inv, pow, 1.
// Parameters are compiled in and never read from input. A decoded element has passed the canonical-form check and
// the membership check of the prime-order subgroup; the identity is allowed (callers that need a key refuse it).
//
// The arithmetic is not constant time: it runs on the owner's own device, once per secret, beside a network
// round trip, and a remote observer has nothing to time repeatedly.

import { Point, etc } from './noble-ed25519.js';
import { hashToInteger, ensure } from './hash.mjs';

/** Table of a^(digit * 2^(bits*i)) for every window i and digit: an exponentiation becomes one product per window. */
function windowTable(group, a, bits) {
  const windows = Math.ceil(group.q.toString(2).length / bits);
  const rows = [];
  for (let i = 0, base = a; i < windows; i++) {
    const row = [group.one, base];
    for (let digit = 2; digit < 1 << bits; digit++) row.push(group.mul(row[digit - 1], base));
    rows.push(row);
    base = group.mul(row[row.length - 1], base);
  }
  return rows;
}

class Group {
  #generatorTable = null;

  /** Function e -> a^e over a precomputed table; e is reduced modulo q. The table of g is kept. */
  fixedBase(a, bits = this.tableBits) {
    if (a === this.g && bits === this.tableBits) {
      this.#generatorTable ??= this.#powers(windowTable(this, a, bits), bits);
      return this.#generatorTable;
    }
    return this.#powers(windowTable(this, a, bits), bits);
  }

  #powers(rows, bits) {
    const mask = (1n << BigInt(bits)) - 1n;
    const shift = BigInt(bits);
    return (exponent) => {
      let e = this.scalar(exponent);
      let result = this.one;
      for (let i = 0; e > 0n; i++, e >>= shift) {
        const digit = Number(e & mask);
        if (digit !== 0) result = this.mul(result, rows[i][digit]);
      }
      return result;
    };
  }

  /** a^e with 4-bit windows. */
  pow(a, exponent) {
    const row = [this.one, a];
    while (row.length < 16) row.push(this.mul(row[row.length - 1], a));
    let result = this.one;
    for (const digit of this.scalar(exponent).toString(16)) {
      for (let i = 0; i < 4; i++) result = this.square(result);
      const value = parseInt(digit, 16);
      if (value !== 0) result = this.mul(result, row[value]);
    }
    return result;
  }

  /** Product of bases[i]^exponents[i], by buckets per window (Pippenger). */
  productOfPowers(bases, exponents) {
    const size = Math.max(2, Math.min(12, Math.floor(Math.log2(bases.length + 1))));
    const mask = (1n << BigInt(size)) - 1n;
    const reduced = exponents.map((e) => this.scalar(e));
    let result = this.one;
    for (let w = Math.ceil(this.q.toString(2).length / size) - 1; w >= 0; w--) {
      for (let i = 0; i < size; i++) result = this.square(result);
      const shift = BigInt(w * size);
      const buckets = new Array(1 << size).fill(null);
      reduced.forEach((e, i) => {
        const digit = Number((e >> shift) & mask);
        if (digit !== 0) buckets[digit] = buckets[digit] === null ? bases[i] : this.mul(buckets[digit], bases[i]);
      });
      let running = this.one;
      let sum = this.one;
      for (let digit = buckets.length - 1; digit > 0; digit--) {
        if (buckets[digit] !== null) running = this.mul(running, buckets[digit]);
        sum = this.mul(sum, running);
      }
      result = this.mul(result, sum);
    }
    return result;
  }

  /** The representative of e in 0..q-1. */
  scalar(e) {
    const reduced = e % this.q;
    return reduced < 0n ? reduced + this.q : reduced;
  }

  product(elements) {
    return elements.reduce((a, b) => this.mul(a, b), this.one);
  }

  div(a, b) {
    return this.mul(a, this.inv(b));
  }

  encode(a) {
    return this.encodeAll([a])[0];
  }

  isIdentity(a) {
    return this.equals(a, this.one);
  }

  /** Decodes an element that is a key or a credential: the identity is refused. */
  decodeKey(text) {
    const element = this.decode(text);
    ensure(!this.isIdentity(element), 'identity', 'The identity element is not a key.');
    return element;
  }

  /** Parses a scalar: decimal, no leading zero, below q. */
  decodeScalar(text) {
    ensure(typeof text === 'string' && /^(0|[1-9][0-9]{0,650})$/.test(text), 'scalar', 'A scalar is malformed.');
    const value = BigInt(text);
    ensure(value < this.q, 'scalar', 'A scalar is out of range.');
    return value;
  }

  /** v = the integers as digits in base 256; refused when there are more than the group can carry. */
  packIntegers(integers) {
    ensure(integers.length <= this.maxIntegers, 'answers', 'Too many candidates for this group.');
    let v = 0n;
    for (const x of integers) {
      ensure(Number.isInteger(x) && x >= 0 && x <= 255, 'answers', 'A rank or grade is not between 0 and 255.');
      v = (v << 8n) + BigInt(x);
    }
    return v;
  }

  /** The n integers that `embed` put into an element. */
  extract(a, n) {
    let v = this.integerOf(a) >> this.padding;
    const integers = [];
    for (let i = 0; i < n; i++, v >>= 8n) integers.unshift(Number(v & 255n));
    return integers;
  }
}

// ---- Ed25519: the prime-order subgroup; an element is written as 64 hexadecimal digits of the big-endian number
// y + 2^255 * (x mod 2), which is the RFC 8032 encoding with its bytes reversed.

const P = Point.CURVE().p;
const Y_MASK = (1n << 255n) - 1n;

class Ed25519 extends Group {
  name = 'Ed25519';
  q = Point.CURVE().n;
  g = Point.BASE;
  one = Point.ZERO;
  tableBits = 8;
  padding = 14n;
  maxIntegers = 30;

  mul(a, b) {
    return a.add(b);
  }

  square(a) {
    return a.double();
  }

  inv(a) {
    return a.negate();
  }

  equals(a, b) {
    return a.equals(b);
  }

  /** Texts of many elements with one field inversion (Montgomery's trick). */
  encodeAll(points) {
    const prefix = [];
    let product = 1n;
    for (const { Z } of points) {
      prefix.push(product);
      product = (product * Z) % P;
    }
    let inverse = etc.invert(product, P);
    const texts = new Array(points.length);
    for (let i = points.length - 1; i >= 0; i--) {
      const { X, Y, Z } = points[i];
      const zInverse = (inverse * prefix[i]) % P;
      inverse = (inverse * Z) % P;
      const x = (X * zInverse) % P;
      const y = (Y * zInverse) % P;
      texts[i] = (y | ((x & 1n) << 255n)).toString(16).padStart(64, '0');
    }
    return texts;
  }

  decode(text) {
    ensure(typeof text === 'string' && /^[0-9a-f]{64}$/.test(text), 'element', 'A group element is malformed.');
    const point = this.#decompress(BigInt('0x' + text));
    ensure(point !== null && point.isTorsionFree(), 'element', 'A number is not an element of the group.');
    return point;
  }

  integerOf(a) {
    return BigInt('0x' + this.encode(a));
  }

  /** Order of ciphertexts in a tally: by the little-endian bytes. */
  compare(textA, textB) {
    const a = textA.match(/../g).reverse().join('');
    const b = textB.match(/../g).reverse().join('');
    return a < b ? -1 : a > b ? 1 : 0;
  }

  embed(integers) {
    for (let n = this.packIntegers(integers) << this.padding; ; n++) {
      const point = this.#decompress(n);
      if (point !== null && point.isTorsionFree()) return point;
    }
  }

  async independentGenerator(index) {
    for (let n = (await hashToInteger('ggen|' + index)) >> 2n; ; n++) {
      const point = this.#decompress(n);
      if (point !== null) return point.double().double().double();
    }
  }

  /** The point of a compressed number in canonical form, or null. */
  #decompress(n) {
    if ((n & Y_MASK) >= P) return null;
    try {
      return Point.fromBytes(etc.hexToBytes(n.toString(16).padStart(64, '0')).reverse(), false);
    } catch {
      return null;
    }
  }
}

// ---- Subgroups of order q of the integers modulo p; an element is written in decimal.

class FiniteField extends Group {
  one = 1n;
  padding = 8n;
  tableBits = 5;

  constructor(name, p, g, q, maxIntegers) {
    super();
    Object.assign(this, { name, p, g, q, maxIntegers });
  }

  mul(a, b) {
    return (a * b) % this.p;
  }

  square(a) {
    return (a * a) % this.p;
  }

  inv(a) {
    return etc.invert(a, this.p);
  }

  equals(a, b) {
    return a === b;
  }

  encodeAll(elements) {
    return elements.map(String);
  }

  decode(text) {
    ensure(typeof text === 'string' && /^[1-9][0-9]{0,650}$/.test(text), 'element', 'A group element is malformed.');
    const value = BigInt(text);
    ensure(value < this.p && this.#contains(value), 'element', 'A number is not an element of the group.');
    return value;
  }

  integerOf(a) {
    return a;
  }

  compare(textA, textB) {
    const difference = BigInt(textA) - BigInt(textB);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }

  embed(integers) {
    for (let n = this.packIntegers(integers) << this.padding; ; n++) if (this.#contains(n)) return n;
  }

  async independentGenerator(index) {
    return powerModulo(await hashToInteger('ggen|' + index), (this.p - 1n) / this.q, this.p);
  }

  /** x^q = 1. When p = 2q + 1 these are the squares, which the Jacobi symbol recognises many times faster. */
  #contains(x) {
    return 2n * this.q + 1n === this.p ? jacobi(x, this.p) === 1 : x > 0n && powerModulo(x, this.q, this.p) === 1n;
  }
}

function powerModulo(base, exponent, modulus) {
  let result = 1n;
  for (let b = base % modulus, e = exponent; e > 0n; e >>= 1n, b = (b * b) % modulus) {
    if (e & 1n) result = (result * b) % modulus;
  }
  return result;
}

/** Jacobi symbol (a/n) for odd n > 0, by quadratic reciprocity. */
function jacobi(a, n) {
  let sign = 1;
  let top = a % n;
  let bottom = n;
  while (top !== 0n) {
    while ((top & 1n) === 0n) {
      top >>= 1n;
      const residue = bottom & 7n;
      if (residue === 3n || residue === 5n) sign = -sign;
    }
    if ((top & 3n) === 3n && (bottom & 3n) === 3n) sign = -sign;
    [top, bottom] = [bottom % top, top];
  }
  return bottom === 1n ? sign : 0;
}

// Parameters of specification 5.1 and 5.2, in hexadecimal.
const BELENIOS_P = BigInt(
  '0xa3ef2d011fefb1b6e39e568fccdffb0fb7dc7ef3a791b6862791811d21fc35f21e6d36856b428030421f514ed40bfd4c06e0' +
    '92a495af8d79a2f85e0fb11c0ede07dd973f9c53e50930c6e82ac36de1ae3fb8c3aabfff12ce27a5022ddd8912d107435012' +
    '768a2cdd0a4091d8fa447f6c7ebc15a349fa318a6b4fe17d8d47e843a3e14dfa9b2162f4d7229abe93a188b46b006517d6f6' +
    '747ebbb29c9ec3099b607f18fb1a8bc858279aa8599411d998d3e3fada9e010840d082d8c31911acdd4a0e7992d0f18cc759' +
    'cb5de0acf66a3882555bc810941e021b6a4ccfa04ee4008f878affa2375e2999b44f6cef17d707301e59e0e6351e051ed9ce' +
    'c4157646e64f',
);
const BELENIOS_G = BigInt(
  '0x1307c1ab5f295885d7caa3a78a42415e31fd1c5807b61fb1e781878a52230a51988b98c259597f9c5a9dfd001d26ba31d9d8' +
    '976f01d95a1c8262ee68a0e92cea541e5219e0d0d094301b894236823fe1d4bc04e29f3748aefd4f10d5b1a356a8643e673f' +
    'd9d215fc8fe5fb9cf9fdb8ea88fdb1a3381a697fdf9c2458570b06d26aef1be365fdd90165f397c6b870df8c1b9e519edcee' +
    '8bb0f74b7a1615a274ba60a7ea574a61f552d2dde0ce514e0927c4ff49b1964c4a913731ae4268d60d7f22127b6cbba44d45' +
    '3ac8b72fd04e0991b7aeff04867d8724ac638f5f34100d2d47aa680d43771902743d663f42d853c041e1c91fe3823f4bcf28' +
    '4308f1d7e653',
);
const BELENIOS_Q = BigInt(
  '0xadb6066a73522565f4daa0f2579db7f2f0fa90c2168bc709e20263387d55c491',
);
const RFC_3526_P = BigInt(
  '0xffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404ddef95' +
    '19b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7edee386bfb' +
    '5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f83655d23dca3' +
    'ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3be39e772c180e8603' +
    '9b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa051015728e5a8aacaa68ffff' +
    'ffffffffffff',
);

const GROUPS = {
  Ed25519: new Ed25519(),
  'BELENIOS-2048': new FiniteField('BELENIOS-2048', BELENIOS_P, BELENIOS_G, BELENIOS_Q, 0),
  'RFC-3526-2048': new FiniteField('RFC-3526-2048', RFC_3526_P, 2n, (RFC_3526_P - 1n) / 2n, 255),
};

/** The group of a name that an election object may carry; other names are refused. */
export function groupNamed(name) {
  const group = GROUPS[name];
  ensure(group !== undefined && Object.hasOwn(GROUPS, name), 'group', 'The election uses an unknown group.');
  return group;
}
