/**
 * The random numbers of a simulation, from one seed: the same seed gives the same run.
 *
 * Each part of a run has a generator of its own (`of()`), so that one more number in one part does not change the others.
 */
export class Rng {
  readonly #seed: number
  #state: number

  constructor(seed: number) {
    this.#seed = seed >>> 0
    this.#state = this.#seed
  }

  /** Another generator, decided by the seed of this one and `name` alone. */
  of(name: string): Rng {
    let hash = 0x811c9dc5
    for (const character of `${this.#seed} ${name}`) {
      hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
    }
    const rng = new Rng(hash)
    rng.random()
    return rng
  }

  /** At least 0, less than 1. The generator is mulberry32, of Tommy Ettinger. */
  readonly random = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** Bytes for a key. */
  readonly bytes = (length: number): Buffer =>
    Buffer.from(Array.from({ length }, () => Math.floor(this.random() * 256)))

  chance(probability: number): boolean {
    return this.random() < probability
  }

  /** At least `least`, less than `most`. */
  between(least: number, most: number): number {
    return least + this.random() * (most - least)
  }

  /** Log-uniform: small numbers are as frequent as large ones on a logarithmic scale. */
  scale(least: number, most: number): number {
    return least * (most / least) ** this.random()
  }

  /** A whole number, both ends included. */
  integer(least: number, most: number): number {
    return Math.floor(this.between(least, most + 1))
  }

  /** One element of a list, which must not be empty. */
  pick<Each>(list: readonly Each[]): Each {
    const picked = list[Math.floor(this.random() * list.length)]
    if (picked === undefined) throw new RangeError('nothing to pick from')
    return picked
  }

  shuffled<Each>(list: readonly Each[]): Each[] {
    return list
      .map((each) => ({ each, place: this.random() }))
      .sort((one, other) => one.place - other.place)
      .map(({ each }) => each)
  }
}
