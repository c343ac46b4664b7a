/** What a user does not want to hear, in words that every part shares. Pure. */

/** `mute`: heard without attention; `ignore`: dropped; `block`: not answered, and sent nothing. */
export type HushKind = 'mute' | 'ignore' | 'block'

/** Why a message asks for no attention: what holds for its author, or that its channel is muted. */
export type Hushing = HushKind | 'channel'

/** As in `bob is muted`. */
export const PARTICIPLES: Readonly<Record<HushKind, string>> = {
  mute: 'muted',
  ignore: 'ignored',
  block: 'blocked',
}

/** What an ignored or blocked person says or does is not news: it could say anything by its name or status. */
export function isUnheard(hushed: Hushing | undefined): boolean {
  return hushed === 'ignore' || hushed === 'block'
}

/** The mark of a message of a hushed author; undefined for other messages, also of a muted channel. */
export function hushMark(hushed: Hushing | undefined): string | undefined {
  return hushed === undefined || hushed === 'channel' ? undefined : `(${PARTICIPLES[hushed]})`
}

/** `2 ignored people`. */
export function countOf(people: number): string {
  return `${people} ignored ${people === 1 ? 'person' : 'people'}`
}
