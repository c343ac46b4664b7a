/**
 * The line editor: key presses in, state and events out. Pure; it neither reads a key nor draws a cell.
 *
 * Three parts, from simple to whole: edits of a draft (functions), a history of lines, and the editor, which
 * adds what outlives one key press: kill and yank, completion, search, paste.
 *
 * The keys are readline's Emacs set (GNU Readline manual, "Bindable Readline Commands"). The cursor always lies
 * between two graphemes: what looks like one character moves, is deleted and is transposed as one.
 */

/** A key press as `readline.emitKeypressEvents` of Node decodes it. */
export interface Key {
  readonly sequence?: string | undefined
  readonly name?: string | undefined
  readonly ctrl?: boolean | undefined
  readonly meta?: boolean | undefined
  readonly shift?: boolean | undefined
}

export type Shortcut =
  { readonly kind: 'channel'; readonly number: number } | { readonly kind: 'next-unread' }

export type EditorEvent =
  | { readonly kind: 'line'; readonly line: string }
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
}

/** Where a key leads to from the cursor. */
type Motion = (draft: Draft) => number

const empty: Draft = { text: '', cursor: 0 }
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const words = new Intl.Segmenter(undefined, { granularity: 'word' })

/** An edit can join what stands around the cursor (a letter and a mark, two halves of a flag): then go past it. */
function draftAt(text: string, cursor: number): Draft {
  const under = graphemes.segment(text).containing(cursor)
  const between = under === undefined || under.index === cursor
  return { text, cursor: between ? cursor : under.index + under.segment.length }
}

const start: Motion = () => 0
const end: Motion = ({ text }) => text.length

const left: Motion = ({ text, cursor }) => graphemes.segment(text).containing(cursor - 1)?.index ?? 0

const right: Motion = ({ text, cursor }) =>
  cursor + (graphemes.segment(text).containing(cursor)?.segment.length ?? 0)

const wordLeft: Motion = ({ text, cursor }) => {
  const segments = words.segment(text)
  let word = segments.containing(cursor - 1)
  while (word?.isWordLike === false) word = segments.containing(word.index - 1)
  return word?.index ?? 0
}

const wordRight: Motion = ({ text, cursor }) => {
  const segments = words.segment(text)
  let word = segments.containing(cursor)
  while (word?.isWordLike === false) word = segments.containing(word.index + word.segment.length)
  return word === undefined ? text.length : word.index + word.segment.length
}

/** readline's unix-word-rubout: a word is what stands between spaces. */
const spaceLeft: Motion = ({ text, cursor }) => {
  const typed = text.slice(0, cursor).trimEnd()
  return Math.max(typed.lastIndexOf(' '), typed.lastIndexOf('\n')) + 1
}

function insert({ text, cursor }: Draft, added: string): Draft {
  return draftAt(text.slice(0, cursor) + added + text.slice(cursor), cursor + added.length)
}

/** What lies between the cursor and where the motion leads to. */
function span(draft: Draft, motion: Motion): readonly [from: number, to: number] {
  const target = motion(draft)
  return [Math.min(target, draft.cursor), Math.max(target, draft.cursor)]
}

function remove(draft: Draft, motion: Motion): Draft {
  const [from, to] = span(draft, motion)
  return draftAt(draft.text.slice(0, from) + draft.text.slice(to), from)
}

/** Exchanges the characters around the cursor, or the last two; they are the two left of where it ends up. */
function transpose(draft: Draft): Draft {
  const { text } = draft
  const after = right(draft)
  const middle = left({ text, cursor: after })
  const before = left({ text, cursor: middle })
  return draftAt(
    text.slice(0, before) + text.slice(middle, after) + text.slice(before, middle) + text.slice(after),
    draft.cursor === 0 ? 0 : after,
  )
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

/** No line twice; the oldest are forgotten. The draft counts as the newest line while one looks at the others. */
class History {
  #lines: readonly string[] = []
  #shown = 0
  #draft = ''

  add(line: string): void {
    if (line.trim() !== '') {
      this.#lines = [...this.#lines.filter((known) => known !== line), line].slice(-historyLimit)
    }
    this.rewind()
  }

  /** Back to the draft. */
  rewind(): void {
    this.#shown = this.#lines.length
  }

  /** The line `by` places newer than the one shown; `current` is kept if it is the draft. */
  step(by: 1 | -1, current: string): string | undefined {
    const next = this.#shown + by
    if (next < 0 || next > this.#lines.length) return undefined
    if (this.#shown === this.#lines.length) this.#draft = current
    this.#shown = next
    return this.#lines[next] ?? this.#draft
  }

  /** The newest line that holds `query`, older than the line with number `before`. */
  find(query: string, before = Infinity): { readonly line: string; readonly number: number } | undefined {
    const number = this.#lines.findLastIndex((line, index) => index < before && line.includes(query))
    const line = this.#lines[number]
    return line === undefined ? undefined : { line, number }
  }
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
  readonly head: string
  readonly tail: string
  readonly candidates: readonly string[]
  readonly chosen: number
}

export class LineEditor {
  readonly #complete: Complete
  readonly #histories = new Map<string, History>()
  #history = new History()
  #draft = empty
  #killed = ''
  #killing = false
  #cycle: Cycle | undefined
  #search: Search | undefined
  #paste: string | undefined

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
    const chord = chordOf(key)
    if (this.#pasting(chord, key) || this.#searching(chord, key)) return undefined
    if (chord !== 'tab') this.#cycle = undefined
    this.#killing = this.#kill(chord)
    return this.#killing || this.#edit(chord) ? undefined : this.#act(chord, key)
  }

  /** Keys that change the draft alone. */
  #edit(chord: string): boolean {
    const motion = motions.get(chord)
    const deletion = this.#draft.text === '' ? undefined : deletions.get(chord)
    if (motion !== undefined) this.#draft = draftAt(this.#draft.text, motion(this.#draft))
    if (deletion !== undefined) this.#draft = remove(this.#draft, deletion)
    return motion !== undefined || deletion !== undefined
  }

  #act(chord: string, key: Key): EditorEvent | undefined {
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
        if (/^M-[1-9]$/.test(chord)) return { kind: 'channel', number: Number(key.name) }
        this.#change(chord, key)
        return undefined
    }
  }

  #change(chord: string, key: Key): void {
    switch (chord) {
      case 'tab':
        this.#completeNext(key.shift === true ? -1 : 1)
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
      default:
        this.#draft = insert(this.#draft, textOf(key))
    }
  }

  #submit(): EditorEvent {
    const line = this.#draft.text
    this.#history.add(line)
    this.#draft = empty
    return { kind: 'line', line }
  }

  #interrupt(): EditorEvent | undefined {
    if (this.#draft.text === '') return { kind: 'interrupt' }
    this.#history.rewind()
    this.#draft = empty
    return undefined
  }

  #recall(by: 1 | -1): void {
    const line = this.#history.step(by, this.#draft.text)
    if (line !== undefined) this.#draft = draftAt(line, line.length)
  }

  /** Kills in a row are yanked as one text. */
  #kill(chord: string): boolean {
    const motion = kills.get(chord)
    if (motion === undefined) return false
    const [from, to] = span(this.#draft, motion)
    const text = this.#draft.text.slice(from, to)
    const before = this.#killing ? this.#killed : ''
    if (text !== '') this.#killed = from < this.#draft.cursor ? text + before : before + text
    this.#draft = remove(this.#draft, motion)
    return true
  }

  /** A pasted text is inserted as a whole at its end; whatever it holds, it is not a key press. */
  #pasting(chord: string, key: Key): boolean {
    if (this.#paste === undefined) return this.#startPaste(chord)
    if (chord !== 'paste-end') {
      this.#paste += key.sequence ?? ''
      return true
    }
    // Terminals send the lines of a paste as if Enter ended them: with CR.
    this.#draft = insert(this.#draft, this.#paste.replace(/\r\n?/g, '\n'))
    this.#paste = undefined
    return true
  }

  #startPaste(chord: string): boolean {
    if (chord !== 'paste-start') return false
    this.#paste = ''
    this.#search = undefined
    this.#cycle = undefined
    this.#killing = false
    return true
  }

  #completeNext(step: 1 | -1): void {
    const { head, tail, candidates, chosen } = this.#cycle ?? this.#startCycle(step)
    const next = (chosen + step + candidates.length) % candidates.length
    const candidate = candidates[next]
    if (candidate === undefined) return
    this.#draft = draftAt(head + candidate + tail, head.length + candidate.length)
    // The only candidate is final: the next Tab completes what follows it.
    this.#cycle = candidates.length === 1 ? undefined : { head, tail, candidates, chosen: next }
  }

  #startCycle(step: 1 | -1): Cycle {
    const { text, cursor } = this.#draft
    const { from, candidates } = this.#complete(text, cursor)
    return { head: text.slice(0, from), tail: text.slice(cursor), candidates, chosen: step === 1 ? -1 : 0 }
  }

  /** While searching: true if the key was meant for the search. Any other ends it, on the line found, and acts. */
  #searching(chord: string, key: Key): boolean {
    const search = this.#search
    if (search === undefined) return false
    const text = textOf(key)
    if (chord === 'C-r') this.#find(search, search.query, search.shown)
    else if (chord === 'backspace') this.#find(search, search.query.replace(/.$/su, ''))
    else if (text !== '') this.#find(search, search.query + text, search.shown + 1)
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
    if (found !== undefined) this.#draft = draftAt(found.line, found.line.indexOf(query))
  }

  #endSearch(search: Search, chord: string): boolean {
    const cancelled = chord === 'C-g' || chord === 'C-c' || chord === 'M-escape'
    if (cancelled) this.#draft = search.origin
    this.#search = undefined
    return cancelled
  }
}

/** `C-a`, `M-b`, `C-left`, `tab`: the names under which the tables above know a key. */
function chordOf({ name = '', ctrl, meta }: Key): string {
  return (ctrl === true ? 'C-' : '') + (meta === true ? 'M-' : '') + name
}

/** What a key types: nothing for a function key or an unknown sequence, which begin with a control character. */
function textOf({ sequence = '', ctrl, meta }: Key): string {
  return ctrl === true || meta === true || /^\p{Cc}/u.test(sequence) ? '' : sequence
}
