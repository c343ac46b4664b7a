/**
 * A half-typed line and its edits: functions from draft to draft.
 *
 * Invariant: the cursor lies between two graphemes, so what looks like one character moves, is deleted and is
 * transposed as one. An edit costs the same in a long draft as in a short one.
 */
import { graphemeAt, wordEnd, wordStart } from './graphemes.ts'

export interface Draft {
  readonly text: string
  /** An index into `text`, in UTF-16 code units. */
  readonly cursor: number
  /** From the first pasted character to the last; text typed in between counts as pasted. */
  readonly pasted?: Range | undefined
}

/** In UTF-16 code units; `to` is exclusive. */
interface Range {
  readonly from: number
  readonly to: number
}

/** Text to insert into a draft, or the text of an earlier one. */
export interface Text {
  readonly text: string
  readonly isPasted: boolean
}

/** The place to which a key moves the cursor. */
export type Motion = (draft: Draft) => number

export const empty: Draft = { text: '', cursor: 0 }

export function typed(text: string): Text {
  return { text, isPasted: false }
}

/** A whole draft of one text. */
export function draftOf({ text, isPasted }: Text, cursor = text.length): Draft {
  return draftAt(text, cursor, isPasted ? { from: 0, to: text.length } : undefined)
}

/** Whether the first word of a draft was pasted. */
export function beginsPasted({ text, pasted }: Draft): boolean {
  const first = text.search(/\S/)
  return first !== -1 && isPastedAt(pasted, first, first + 1)
}

export function isPastedAt(pasted: Range | undefined, from: number, to: number): boolean {
  return pasted !== undefined && pasted.from < to && pasted.to > from
}

// --- edits ------------------------------------------------------------------------------------------

/** Every change of the text: `[from, to)` becomes `added`, and the cursor stands behind it. */
export function replace({ text, pasted }: Draft, from: number, to: number, added: Text): Draft {
  const end = from + added.text.length
  const by = end - to
  const kept =
    pasted === undefined
      ? []
      : [
          { from: pasted.from, to: Math.min(pasted.to, from) },
          { from: Math.max(pasted.from, to) + by, to: pasted.to + by },
        ]
  const ranges = [...kept, ...(added.isPasted ? [{ from, to: end }] : [])].filter(
    (range) => range.to > range.from,
  )
  const hull = {
    from: Math.min(...ranges.map((range) => range.from)),
    to: Math.max(...ranges.map((range) => range.to)),
  }
  return draftAt(
    text.slice(0, from) + added.text + text.slice(to),
    end,
    ranges.length === 0 ? undefined : hull,
  )
}

export function insert(draft: Draft, added: Text): Draft {
  return replace(draft, draft.cursor, draft.cursor, added)
}

export function move(draft: Draft, motion: Motion): Draft {
  return draftAt(draft.text, motion(draft), draft.pasted)
}

/** The text between the cursor and the place to which the motion leads. */
export function span(draft: Draft, motion: Motion): readonly [from: number, to: number] {
  const target = motion(draft)
  return [Math.min(target, draft.cursor), Math.max(target, draft.cursor)]
}

export function remove(draft: Draft, motion: Motion): Draft {
  return replace(draft, ...span(draft, motion), typed(''))
}

/** Exchanges the characters around the cursor, or the last two at the end; the cursor ends up behind both. */
export function transpose(draft: Draft): Draft {
  const { text, pasted } = draft
  if (draft.cursor === 0) return draft
  const after = right(draft)
  const middle = left({ text, cursor: after })
  const before = left({ text, cursor: middle })
  const exchanged = text.slice(middle, after) + text.slice(before, middle)
  return replace(draft, before, after, { text: exchanged, isPasted: isPastedAt(pasted, before, after) })
}

/** An edit can join the characters around the cursor (a letter and a mark, two halves of a flag): move past them. */
function draftAt(text: string, cursor: number, pasted?: Range): Draft {
  const under = graphemeAt(text, cursor)
  const between = under === undefined || under.index === cursor
  return { text, cursor: between ? cursor : under.index + under.segment.length, pasted }
}

// --- motions ----------------------------------------------------------------------------------------

export const start: Motion = () => 0
export const end: Motion = ({ text }) => text.length
export const left: Motion = ({ text, cursor }) => graphemeAt(text, cursor - 1)?.index ?? 0
export const right: Motion = ({ text, cursor }) => cursor + (graphemeAt(text, cursor)?.segment.length ?? 0)
export const wordLeft: Motion = ({ text, cursor }) => wordStart(text, cursor)
export const wordRight: Motion = ({ text, cursor }) => wordEnd(text, cursor)

/** The start of the text between spaces, as readline's unix-word-rubout has it. */
export const spaceLeft: Motion = ({ text, cursor }) => {
  const before = text.slice(0, cursor).trimEnd()
  return Math.max(before.lastIndexOf(' '), before.lastIndexOf('\n')) + 1
}
