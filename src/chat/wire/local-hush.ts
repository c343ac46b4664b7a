/** The part of the local API about people and channels that the user does not want to hear: see local-api.ts. */
import * as v from 'valibot'
import { conversation, maybeText, text, type Shape } from './shapes.ts'

const Kind = v.picklist(['mute', 'ignore', 'block'], 'must be mute, ignore or block')

/** A person, or a channel, that the user does not want to hear. */
export const LocalHushed = v.object({
  /** The id of a person, or `#` and a channel. */
  target: v.string(),
  kind: Kind,
  since: v.number(),
  /** Undefined: until it is undone. */
  until: v.optional(v.number()),
  /** Messages that were dropped, or attempts to send that were not answered. */
  dropped: v.number(),
  /** The person whose list it was taken over from, and what it was called there. */
  takenFrom: maybeText,
  name: maybeText,
})
export type LocalHushed = Shape<typeof LocalHushed>

// --- requests: the bodies

/** `POST /api/hushed`: instead of what held before for this person or channel. */
export const HushRequest = v.object({
  target: text,
  kind: Kind,
  /** For how many milliseconds; until it is undone if it is missing. */
  ms: v.nullish(
    v.pipe(
      v.number('must be milliseconds'),
      v.integer('must be milliseconds'),
      v.minValue(1, 'must be milliseconds'),
      v.maxValue(365 * 86_400_000, 'must be a year at most'),
    ),
  ),
})
export type HushRequest = v.InferInput<typeof HushRequest>

/** `POST /api/unhushed` */
export const UnhushRequest = v.object({ target: text, kind: Kind })
export type UnhushRequest = v.InferInput<typeof UnhushRequest>

/** `POST /api/ignore-lists`: the own list, as a message. */
export const ShareRequest = v.object({ conversation })

/** `POST /api/ignore-lists/taken` and `/untaken`: of the last list of this person; all of it without `ids`. */
export const TakeRequest = v.object({ person: text, ids: v.nullish(v.array(text)) })
export type TakeRequest = v.InferInput<typeof TakeRequest>

// --- answers

/** `GET /api/ignore-lists?person=`: the last list that this person shared. */
export const LocalIgnoreList = v.object({
  at: v.number(),
  people: v.array(
    v.object({
      id: v.string(),
      /** What it is called here, or on the list if it was never met; empty without a name that can be shown. */
      name: v.string(),
      short: v.string(),
      /** What holds now. */
      hushed: v.optional(Kind),
      /** It is ignored because it was taken over from this person. */
      isTaken: v.boolean(),
    }),
  ),
})
export type LocalIgnoreList = Shape<typeof LocalIgnoreList>

/** How many people are ignored, or no longer. */
export const TakenCount = v.object({ count: v.number() })
export type TakenCount = Shape<typeof TakenCount>
