/**
 * The line editor: key presses in, state and events out. Pure; it neither reads a key nor draws a cell.
 *
 * Three parts, from simple to whole: edits of a draft (functions), a history of lines, and the editor, which
 * adds what outlives one key press: kill and yank, completion, search, paste.
 *
 * The keys are readline's Emacs set (GNU Readline manual, "Bindable Readline Commands"). The cursor always lies
 * between two graphemes: what looks like one character moves, is deleted and is transposed as one. No key costs more
 * in a long draft than in a short one.
 */
import { graphemeAt, wordEnd, wordStart } from './graphemes.ts'
import type { Key } from './keys.ts'

export type Shortcut =
  { readonly kind: 'channel'; readonly number: number } | { readonly kind: 'next-unread' }

export type EditorEvent =
  /** Enter: a command or a text. */
  | { readonly kind: 'line'; readonly line: string }
  /** Enter, and it begins with what was pasted: a text, whatever it looks like. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'end' }
  | { readonly kind: 'clear-screen' }
  | Shortcut

/** Replaces `line[from..cursor]` by one of the candidates. */
export interface Completion {
  readonly from: number
  readonly candidates: readonly string[]
}

export type Complete = (line: string, cursor: number) => Completion

// A draft and its edits ---------------------------------------------------------------------------------------

export interface Draft {
  readonly text: string
  /** An index into `text`, in UTF-16 code units. */
  readonly cursor: number
  /** From the first to the last that was pasted, also in UTF-16 code units; what was typed between counts as pasted. */
  readonly pasted?: Range | undefined
}

interface Range {
  readonly from: number
  /** Exclusive. */
  readonly to: number
}

/** What is put into a draft, or was there before. */
interface Text {
  readonly text: string
  readonly isPasted: boolean
}

/** Where a key leads to from the cursor. */
type Motion = (draft: Draft) => number

const empty: Draft = { text: '', cursor: 0 }

/** An edit can join what stands around the cursor (a letter and a mark, two halves of a flag): then go past it. */
function draftAt(text: string, cursor: number, pasted?: Range): Draft {
  const under = graphemeAt(text, cursor)
  const between = under === undefined || under.index === cursor
  return { text, cursor: between ? cursor : under.index + under.segment.length, pasted }
}

/** The one way in which a text changes: what is between two places becomes something else, with the cursor behind it. */
function replace({ text, pasted }: Draft, from: number, to: number, added: Text): Draft {
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

function typed(text: string): Text {
  return { text, isPasted: false }
}

/** A whole draft of a text that was entered before, or killed. */
function draftOf({ text, isPasted }: Text, cursor = text.length): Draft {
  return draftAt(text, cursor, isPasted ? { from: 0, to: text.length } : undefined)
}

function isPastedAt(pasted: Range | undefined, from: number, to: number): boolean {
  return pasted !== undefined && pasted.from < to && pasted.to > from
}

/** Whether the first word of a draft was pasted. */
function beginsPasted({ text, pasted }: Draft): boolean {
  const first = text.search(/\S/)
  return first !== -1 && isPastedAt(pasted, first, first + 1)
}

const start: Motion = () => 0
const end: Motion = ({ text }) => text.length

const left: Motion = ({ text, cursor }) => graphemeAt(text, cursor - 1)?.index ?? 0

const right: Motion = ({ text, cursor }) => cursor + (graphemeAt(text, cursor)?.segment.length ?? 0)

const wordLeft: Motion = ({ text, cursor }) => wordStart(text, cursor)

const wordRight: Motion = ({ text, cursor }) => wordEnd(text, cursor)

/** readline's unix-word-rubout: a word is what stands between spaces. */
const spaceLeft: Motion = ({ text, cursor }) => {
  const typed = text.slice(0, cursor).trimEnd()
  return Math.max(typed.lastIndexOf(' '), typed.lastIndexOf('\n')) + 1
}

function insert(draft: Draft, added: Text): Draft {
  return replace(draft, draft.cursor, draft.cursor, added)
}

/** What lies between the cursor and where the motion leads to. */
function span(draft: Draft, motion: Motion): readonly [from: number, to: number] {
  const target = motion(draft)
  return [Math.min(target, draft.cursor), Math.max(target, draft.cursor)]
}

function remove(draft: Draft, motion: Motion): Draft {
  return replace(draft, ...span(draft, motion), typed(''))
}

/** Exchanges the characters around the cursor, or the last two; they are the two left of where it ends up. */
function transpose(draft: Draft): Draft {
  const { text, pasted } = draft
  if (draft.cursor === 0) return draft
  const after = right(draft)
  const middle = left({ text, cursor: after })
  const before = left({ text, cursor: middle })
  const exchanged = text.slice(middle, after) + text.slice(before, middle)
  return replace(draft, before, after, { text: exchanged, isPasted: isPastedAt(pasted, before, after) })
}

const motions = new Map<string, Motion>([
  ['left', left],
  ['C-b', left],
  ['right', right],
  ['C-f', right],
  ['home', start],
  ['C-a', start],
  ['end', end],
  ['C-e', end],
  ['M-b', wordLeft],
  ['C-left', wordLeft],
  ['M-f', wordRight],
  ['C-right', wordRight],
])

const deletions = new Map<string, Motion>([
  ['backspace', left],
  ['delete', right],
  ['C-d', right],
])

const kills = new Map<string, Motion>([
  ['C-w', spaceLeft],
  ['C-u', start],
  ['C-k', end],
  ['M-d', wordRight],
  ['M-backspace', wordLeft],
])

// The lines entered before ------------------------------------------------------------------------------------

const historyLimit = 500
/** UTF-16 units of all lines together; the newest is kept whatever its length is. */
const historyUnits = 1024 * 1024

/** No line twice; the oldest are forgotten. The draft counts as the newest line while one looks at the others. */
class History {
  #lines: readonly Text[] = []
  #shown = 0
  #draft = empty

  add(line: Text): void {
    if (line.text.trim() !== '') {
      const others = this.#lines.filter(({ text }) => text !== line.text)
      this.#lines = newest([...others, line])
    }
    this.rewind()
  }

  /** Back to the draft. */
  rewind(): void {
    this.#shown = this.#lines.length
  }

  /** The line `by` places newer than the one shown; `current` is kept if it is the draft. */
  step(by: 1 | -1, current: Draft): Draft | undefined {
    const next = this.#shown + by
    if (next < 0 || next > this.#lines.length) return undefined
    if (this.#shown === this.#lines.length) this.#draft = current
    this.#shown = next
    const line = this.#lines[next]
    return line === undefined ? { ...this.#draft, cursor: this.#draft.text.length } : draftOf(line)
  }

  /** The newest line that holds `query`, older than the line with number `before`. */
  find(query: string, before = Infinity): { readonly line: Text; readonly number: number } | undefined {
    const number = this.#lines.findLastIndex(({ text }, index) => index < before && text.includes(query))
    const line = this.#lines[number]
    return line === undefined ? undefined : { line, number }
  }
}

function newest(lines: readonly Text[]): readonly Text[] {
  let units = 0
  const first = lines.findLastIndex(({ text }, index) => {
    units += text.length
    return lines.length - index > historyLimit || (units > historyUnits && index < lines.length - 1)
  })
  return lines.slice(first + 1)
}

// The editor --------------------------------------------------------------------------------------------------

/** An incremental search (Ctrl-R) in progress. */
interface Search {
  readonly query: string
  readonly failed: boolean
  /** Number of the history line shown. */
  readonly shown: number
  /** The draft to come back to. */
  readonly origin: Draft
}

/** A draft in which Tab tries one candidate after the other. */
interface Cycle {
  readonly draft: Draft
  /** Where the candidates begin. */
  readonly from: number
  readonly candidates: readonly string[]
  readonly chosen: number
}

/** Characters of one read that are searched for one after the other, as if they came one by one. */
const MOST_STEPS = 64

export class LineEditor {
  readonly #complete: Complete
  readonly #histories = new Map<string, History>()
  #history = new History()
  #draft = empty
  #killed = typed('')
  #killing = false
  #cycle: Cycle | undefined
  #search: Search | undefined

  constructor(complete: Complete) {
    this.#complete = complete
  }

  get draft(): Draft {
    return this.#draft
  }

  get search(): { readonly query: string; readonly failed: boolean } | undefined {
    return this.#search
  }

  /** Each key, a channel for example, has lines of its own. The draft stays. */
  setHistory(key: string): void {
    this.#history = this.#histories.get(key) ?? new History()
    this.#histories.set(key, this.#history)
    this.#history.rewind()
    this.#search = undefined
  }

  press(key: Key): EditorEvent | undefined {
    switch (key.kind) {
      case 'paste':
        this.#paste(key.text)
        return undefined
      case 'text':
        this.#type(key.text)
        return undefined
      case 'key':
        return this.#press(key.chord)
    }
  }

  /** Whatever a pasted text holds, it is no key press. */
  #paste(text: string): void {
    this.#search = undefined
    this.#cycle = undefined
    this.#killing = false
    this.#draft = insert(this.#draft, { text, isPasted: true })
  }

  #type(text: string): void {
    this.#cycle = undefined
    this.#killing = false
    if (this.#search === undefined) this.#draft = insert(this.#draft, typed(text))
    // Where the whole is not found, the line found for its beginning stays.
    else for (const part of text.length > MOST_STEPS ? [text] : text) this.#searchFor(part)
  }

  #searchFor(text: string): void {
    const search = this.#search
    if (search !== undefined) this.#find(search, search.query + text, search.shown + 1)
  }

  #press(chord: string): EditorEvent | undefined {
    if (this.#searching(chord)) return undefined
    if (chord !== 'tab' && chord !== 'S-tab') this.#cycle = undefined
    this.#killing = this.#kill(chord)
    return this.#killing || this.#edit(chord) ? undefined : this.#act(chord)
  }

  /** Keys that change the draft alone. */
  #edit(chord: string): boolean {
    const motion = motions.get(chord)
    const deletion = this.#draft.text === '' ? undefined : deletions.get(chord)
    if (motion !== undefined) {
      const { text, pasted } = this.#draft
      this.#draft = draftAt(text, motion(this.#draft), pasted)
    }
    if (deletion !== undefined) this.#draft = remove(this.#draft, deletion)
    return motion !== undefined || deletion !== undefined
  }

  #act(chord: string): EditorEvent | undefined {
    switch (chord) {
      case 'return':
      case 'enter':
        return this.#submit()
      case 'C-c':
        return this.#interrupt()
      case 'C-d':
        return { kind: 'end' } // with text in the draft it was a deletion
      case 'C-l':
        return { kind: 'clear-screen' }
      case 'M-a':
        return { kind: 'next-unread' }
      default:
        if (/^M-[1-9]$/.test(chord)) return { kind: 'channel', number: Number(chord.slice(2)) }
        this.#change(chord)
        return undefined
    }
  }

  #change(chord: string): void {
    switch (chord) {
      case 'tab':
        this.#completeNext(1)
        break
      case 'S-tab':
        this.#completeNext(-1)
        break
      case 'up':
      case 'C-p':
        this.#recall(-1)
        break
      case 'down':
      case 'C-n':
        this.#recall(1)
        break
      case 'C-r':
        this.#search = { query: '', failed: false, shown: Infinity, origin: this.#draft }
        break
      case 'C-t':
        this.#draft = transpose(this.#draft)
        break
      case 'C-y':
        this.#draft = insert(this.#draft, this.#killed)
        break
    }
  }

  #submit(): EditorEvent {
    const { text } = this.#draft
    const isPasted = beginsPasted(this.#draft)
    this.#history.add({ text, isPasted })
    this.#draft = empty
    return isPasted ? { kind: 'text', text } : { kind: 'line', line: text }
  }

  #interrupt(): EditorEvent | undefined {
    if (this.#draft.text === '') return { kind: 'interrupt' }
    this.#history.rewind()
    this.#draft = empty
    return undefined
  }

  #recall(by: 1 | -1): void {
    this.#draft = this.#history.step(by, this.#draft) ?? this.#draft
  }

  /** Kills in a row are yanked as one text. */
  #kill(chord: string): boolean {
    const motion = kills.get(chord)
    if (motion === undefined) return false
    const [from, to] = span(this.#draft, motion)
    const text = this.#draft.text.slice(from, to)
    const before = this.#killing ? this.#killed : typed('')
    if (text !== '') {
      this.#killed = {
        text: from < this.#draft.cursor ? text + before.text : before.text + text,
        isPasted: before.isPasted || isPastedAt(this.#draft.pasted, from, to),
      }
    }
    this.#draft = remove(this.#draft, motion)
    return true
  }

  #completeNext(step: 1 | -1): void {
    const { draft, from, candidates, chosen } = this.#cycle ?? this.#startCycle(step)
    const next = (chosen + step + candidates.length) % candidates.length
    const candidate = candidates[next]
    if (candidate === undefined) return
    this.#draft = replace(draft, from, draft.cursor, typed(candidate))
    // The only candidate is final: the next Tab completes what follows it.
    this.#cycle = candidates.length === 1 ? undefined : { draft, from, candidates, chosen: next }
  }

  #startCycle(step: 1 | -1): Cycle {
    const { text, cursor } = this.#draft
    const { from, candidates } = this.#complete(text, cursor)
    return { draft: this.#draft, from, candidates, chosen: step === 1 ? -1 : 0 }
  }

  /** While searching: true if the key was meant for the search. Any other ends it, on the line found, and acts. */
  #searching(chord: string): boolean {
    const search = this.#search
    if (search === undefined) return false
    if (chord === 'C-r') this.#find(search, search.query, search.shown)
    else if (chord === 'backspace') this.#find(search, search.query.replace(/.$/su, ''))
    else return this.#endSearch(search, chord)
    return true
  }

  #find(search: Search, query: string, before?: number): void {
    const found = query === '' ? undefined : this.#history.find(query, before)
    this.#search = {
      ...search,
      query,
      failed: query !== '' && found === undefined,
      shown: found?.number ?? search.shown,
    }
    if (found !== undefined) this.#draft = draftOf(found.line, found.line.text.indexOf(query))
  }

  #endSearch(search: Search, chord: string): boolean {
    const cancelled = chord === 'C-g' || chord === 'C-c' || chord === 'M-escape'
    if (cancelled) this.#draft = search.origin
    this.#search = undefined
    return cancelled
  }
}
