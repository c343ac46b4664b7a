/**
 * The line editor: key presses in, state and events out. It neither reads a key nor draws a cell.
 *
 * draft.ts has the edits, line-history.ts the earlier lines, completion.ts the candidates for Tab; the editor adds the
 * state that outlives one key press. A paste is never a key press, whatever is in it.
 */
import { CompletionCycle, type Complete } from './completion.ts'
import {
  beginsPasted,
  empty,
  insert,
  isPastedAt,
  move,
  remove,
  span,
  transpose,
  typed,
  type Draft,
  type Motion,
} from './draft.ts'
import { DELETIONS, KILLS, MOTIONS } from './key-bindings.ts'
import { HistorySearch, LineHistory } from './line-history.ts'
import type { Key } from './keys.ts'

export type Shortcut =
  | { readonly kind: 'channel'; readonly number: number }
  | { readonly kind: 'next-unread' }
  /** In an empty draft: the line that ignores who spoke last is wanted. */
  | { readonly kind: 'ignore-last' }

export type EditorEvent =
  /** Enter: a command or a text. */
  | { readonly kind: 'line'; readonly line: string }
  /** Enter, and the line begins with a paste: a text, whatever it looks like. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'end' }
  | { readonly kind: 'clear-screen' }
  | Shortcut

export class LineEditor {
  readonly #complete: Complete
  readonly #histories = new Map<string, LineHistory>()
  #history = new LineHistory()
  #draft = empty
  #killed = typed('')
  #killing = false
  #cycle: CompletionCycle | undefined
  #search: HistorySearch | undefined

  constructor(complete: Complete) {
    this.#complete = complete
  }

  get draft(): Draft {
    return this.#draft
  }

  get search(): { readonly query: string; readonly failed: boolean } | undefined {
    return this.#search
  }

  /** Each key, a channel for example, has its own lines. The draft stays. */
  setHistory(key: string): void {
    this.#history = this.#histories.get(key) ?? new LineHistory()
    this.#histories.set(key, this.#history)
    this.#history.rewind()
    this.#search = undefined
  }

  press(key: Key): EditorEvent | undefined {
    switch (key.kind) {
      case 'paste':
        this.#search = undefined
        this.#beginEdit()
        this.#draft = insert(this.#draft, { text: key.text, isPasted: true })
        return undefined
      case 'text':
        this.#beginEdit()
        this.#draft = this.#search?.type(key.text) ?? this.#typedInto(key.text)
        return undefined
      case 'key':
        return this.#press(key.chord)
    }
  }

  #beginEdit(): void {
    this.#cycle = undefined
    this.#killing = false
  }

  #typedInto(text: string): Draft {
    return this.#search === undefined ? insert(this.#draft, typed(text)) : this.#draft
  }

  #press(chord: string): EditorEvent | undefined {
    if (this.#searching(chord)) return undefined
    if (chord !== 'tab' && chord !== 'S-tab') this.#cycle = undefined
    this.#killing = this.#kill(chord)
    return this.#killing || this.#edit(chord) ? undefined : this.#act(chord)
  }

  /** True if the key was one for the search. Any other key ends the search on the line found, and then acts. */
  #searching(chord: string): boolean {
    const search = this.#search
    if (search === undefined) return false
    if (chord === 'C-r') this.#draft = search.older() ?? this.#draft
    else if (chord === 'backspace') this.#draft = search.deleteLast() ?? this.#draft
    else {
      const isCancelled = chord === 'C-g' || chord === 'C-c' || chord === 'M-escape'
      if (isCancelled) this.#draft = search.origin
      this.#search = undefined
      return isCancelled
    }
    return true
  }

  /** Kills in a row are yanked as one text. */
  #kill(chord: string): boolean {
    const motion = KILLS.get(chord)
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

  /** True for keys that only move the cursor or delete. */
  #edit(chord: string): boolean {
    const motion = MOTIONS.get(chord)
    const deletion = this.#deletion(chord)
    if (motion !== undefined) this.#draft = move(this.#draft, motion)
    if (deletion !== undefined) this.#draft = remove(this.#draft, deletion)
    return motion !== undefined || deletion !== undefined
  }

  /** In an empty draft there is nothing to delete: Ctrl-D ends the input there. */
  #deletion(chord: string): Motion | undefined {
    return this.#draft.text === '' ? undefined : DELETIONS.get(chord)
  }

  #act(chord: string): EditorEvent | undefined {
    switch (chord) {
      case 'return':
      case 'enter':
        return this.#submit()
      case 'C-c':
        return this.#interrupt()
      case 'C-d':
        return { kind: 'end' }
      case 'C-l':
        return { kind: 'clear-screen' }
      case 'M-a':
        return { kind: 'next-unread' }
      case 'M-i':
        return this.#draft.text === '' ? { kind: 'ignore-last' } : undefined
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
        this.#search = new HistorySearch(this.#history, this.#draft)
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

  /** Ctrl-C clears the line; on an empty line it interrupts. */
  #interrupt(): EditorEvent | undefined {
    if (this.#draft.text === '') return { kind: 'interrupt' }
    this.#history.rewind()
    this.#draft = empty
    return undefined
  }

  #recall(by: 1 | -1): void {
    this.#draft = this.#history.step(by, this.#draft) ?? this.#draft
  }

  #completeNext(step: 1 | -1): void {
    this.#cycle ??= new CompletionCycle(this.#draft, this.#complete)
    this.#draft = this.#cycle.next(step) ?? this.#draft
    if (this.#cycle.isFinal) this.#cycle = undefined
  }
}
