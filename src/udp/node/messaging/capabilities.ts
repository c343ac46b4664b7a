/**
 * What one foreign program has shown to understand, learnt from what it has sent.
 *
 * Nothing is assumed: a program is written to as in the RFC draft until its own messages show another habit, and the latest
 * message counts. An acknowledgement is noted only for a message that this program alone was sent, so a forged datagram
 * cannot cause a second copy.
 */
import { parseToken, scopeOf } from '../../lsnp/token.ts'
import type { Dialect, Fields, LsnpMessage, LsnpType } from '../../lsnp/codec.ts'

/** How a program writes, and so reads, group messages. */
export type GroupForm =
  /** `GROUP_ID`, `ADD` and `REMOVE`. */
  | 'rfc'
  /** `GROUP_NAME`, `ACTION` and `MEMBERS`, one action a message; texts in `MESSAGE`, in base64. */
  | 'action'

/** Types whose scope in the RFC draft does not have their name: here programs differ. */
const NAMED_OTHERWISE = ['POST', 'LIKE', 'UNFOLLOW']

export class Capabilities {
  #dialect: Dialect
  #acknowledges: boolean | undefined
  /** It acknowledged another message, but no copy of a DM. */
  #ignoresDms = false
  #groupForm: GroupForm = 'rfc'
  /** The scope of its latest token for each type of message. */
  readonly #scopes = new Map<string, string>()

  constructor(dialect: Dialect) {
    this.#dialect = dialect
  }

  get dialect(): Dialect {
    return this.#dialect
  }

  /** Whether it acknowledges messages; undefined until it is known. The dialect of legacy clients has no ACK. */
  get acknowledges(): boolean | undefined {
    return this.#dialect === 'seed' ? false : this.#acknowledges
  }

  get groupForm(): GroupForm {
    return this.#groupForm
  }

  speaks(dialect: Dialect): void {
    this.#dialect = dialect
  }

  /** It acknowledged a message that it alone was sent. Some programs acknowledge other types, but no DM. */
  acknowledged(type: LsnpType): void {
    if (this.#ignoresDms && type !== 'DM') return
    this.#ignoresDms = false
    this.#acknowledges = true
  }

  /** It acknowledged no copy of a DM. */
  stayedSilent(): void {
    this.#ignoresDms ||= this.#acknowledges === true
    this.#acknowledges = false
  }

  /** It sent a message, with these lines. */
  wrote(message: LsnpMessage, fields: Fields): void {
    const { type } = message
    const scope = parseToken(fields.get('TOKEN') ?? '')?.scope
    if (scope !== undefined && [scopeOf(type), type.toLowerCase()].includes(scope))
      this.#scopes.set(type, scope)
    if (type.startsWith('GROUP_')) this.#groupForm = fields.has('GROUP_ID') ? 'rfc' : 'action'
  }

  /** The scope that it expects in the token of a message of this type, which must be one that needs a token. */
  scopeFor(type: string): string {
    const ownScope = type.toLowerCase()
    const usesOwnNames = NAMED_OTHERWISE.some((other) => this.#scopes.get(other) === other.toLowerCase())
    const expected = usesOwnNames && NAMED_OTHERWISE.includes(type) ? ownScope : scopeOf(type)
    return this.#scopes.get(type) ?? expected ?? ownScope
  }
}
