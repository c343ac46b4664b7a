/**
 * The field lines of one received message.
 *
 * The section is kept as the text it came as, with the offsets of each name and value: a message has
 * many fields and most are never asked for, so a string is cut out only when it is asked for.
 * Names are case-insensitive (RFC 9110 section 5.1); being plain text, `__proto__` is a name like any other.
 */
export class Headers {
  static readonly none = new Headers('', [])

  readonly #text: string
  /** Four numbers a field: name from, name to, value from, value to. */
  readonly #offsets: readonly number[]
  #lowerCase: string | undefined

  constructor(text: string, offsets: readonly number[]) {
    this.#text = text
    this.#offsets = offsets
  }

  static of(fields: Iterable<readonly [name: string, value: string]>): Headers {
    let text = ''
    const offsets: number[] = []
    for (const [name, value] of fields) {
      const at = text.length
      text += name + value
      offsets.push(at, at + name.length, at + name.length, text.length)
    }
    return new Headers(text, offsets)
  }

  /** Number of field lines. */
  get size(): number {
    return this.#offsets.length / 4
  }

  /** The value of a field; several lines of one name are joined with `, ` (RFC 9110 section 5.3). */
  get(name: string): string | undefined {
    let found: string | undefined
    for (let field = this.#find(name, 0); field !== -1; field = this.#find(name, field + 4)) {
      const value = this.#value(field)
      found = found === undefined ? value : `${found}, ${value}`
    }
    return found
  }

  /** The values of a field, one for each line, in the order received. */
  getAll(name: string): string[] {
    const values: string[] = []
    for (let field = this.#find(name, 0); field !== -1; field = this.#find(name, field + 4)) {
      values.push(this.#value(field))
    }
    return values
  }

  has(name: string): boolean {
    return this.#find(name, 0) !== -1
  }

  /** Every field line in order, names in lower case. */
  *[Symbol.iterator](): Iterator<readonly [name: string, value: string]> {
    for (let field = 0; field < this.#offsets.length; field += 4) {
      yield [this.#lower().substring(this.#at(field), this.#at(field + 1)), this.#value(field)]
    }
  }

  /** `name` is in lower case. Returns the index of the field's first offset, or -1. */
  #find(name: string, from: number): number {
    const offsets = this.#offsets
    for (let field = from; field < offsets.length; field += 4) {
      const start = this.#at(field)
      if (this.#at(field + 1) - start === name.length && this.#lower().startsWith(name, start)) return field
    }
    return -1
  }

  /** toLowerCase() maps Latin-1 onto Latin-1 one to one, so the offsets hold in both texts. */
  #lower(): string {
    return (this.#lowerCase ??= this.#text.toLowerCase())
  }

  #value(field: number): string {
    return this.#text.substring(this.#at(field + 2), this.#at(field + 3))
  }

  #at(index: number): number {
    return this.#offsets[index] ?? 0
  }
}
