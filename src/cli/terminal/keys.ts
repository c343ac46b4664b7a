/**
 * Input of a terminal -> keys, texts and pastes. `silence()` stands for time.
 *
 * Invariant: a control sequence is consumed as a whole, however reads cut it, and an unknown one is ignored: no byte of
 * an answer, a report or a mouse event becomes text. The grammar is that of ECMA-48 (sections 5.4 and 5.6),
 * with 7-bit and 8-bit introducers; the keys are those of xterm, rxvt and the Linux console.
 */

export type Key =
  /** A key without text: `C-a`, `M-b`, `C-left`, `tab`, `return`. */
  | { readonly kind: 'key'; readonly chord: string }
  | { readonly kind: 'text'; readonly text: string }
  /** A whole paste, with LF as line ends. */
  | { readonly kind: 'paste'; readonly text: string }

/** Milliseconds of silence that end the wait for more input. */
const TIMEOUT = {
  /** In a sequence, and after ESC, which is a key or begins a sequence. */
  sequence: 500,
  /** In a bracketed paste without an end so far. */
  paste: 1_000,
  /** Between two reads of a paste without brackets. */
  burst: 50,
}

/** Characters of parameters that are kept; in a longer sequence only its end matters. */
const MAX_PARAMETERS = 64

type State =
  | { readonly kind: 'ground' }
  | { readonly kind: 'escape' }
  | { readonly kind: 'csi'; readonly parameters: string }
  /** SS3: the keypad in application mode, and the first function keys. */
  | { readonly kind: 'ss3'; readonly parameters: string }
  /** OSC, DCS, APC, PM or SOS: anything until ST or BEL. */
  | { readonly kind: 'string'; readonly isEscaped: boolean }
  /** Characters that follow the end of a sequence: three for an X10 mouse report, one for a Linux function key. */
  | { readonly kind: 'counted'; readonly left: number }
  | { readonly kind: 'paste' }

const ground: State = { kind: 'ground' }

const ESC = '\x1b'
const BEL = '\x07'
const CTRL_C = '\x03'
/** String terminator, 8-bit. */
const ST = '\x9c'

/** The ends of a bracketed paste: in 7 bits, and in 8. */
const PASTE_ENDS = [`${ESC}[201~`, '\x9b201~']

/** Text, with tabs and line ends. */
const textRun = /[\P{Cc}\t\n\r]+/uy
const lineEndWithin = /[^\r\n][\r\n]+[^\r\n]/

/** 8-bit introducers, and the character that follows ESC in 7 bits. */
const eightBit = new Map([
  ['\x8f', 'O'],
  ['\x90', 'P'],
  ['\x98', 'X'],
  ['\x9b', '['],
  ['\x9d', ']'],
  ['\x9e', '^'],
  ['\x9f', '_'],
])

const controls = new Map([
  ['\r', 'return'],
  ['\n', 'enter'],
  ['\t', 'tab'],
  ['\b', 'backspace'],
  ['\x7f', 'backspace'],
  ['\x00', 'C-space'],
])

/** By the final character of CSI and SS3. */
const finals = new Map([
  ['A', 'up'],
  ['B', 'down'],
  ['C', 'right'],
  ['D', 'left'],
  ['F', 'end'],
  ['H', 'home'],
  ['M', 'return'], // the keypad's, by SS3 only: a CSI of it is the mouse
  ['Z', 'S-tab'],
])

/** By the first parameter of `CSI n ~`, and of rxvt's `CSI n ^`, `CSI n $` and `CSI n @`. */
const numbered = new Map([
  ['1', 'home'],
  ['2', 'insert'],
  ['3', 'delete'],
  ['4', 'end'],
  ['7', 'home'],
  ['8', 'end'],
])

export class KeyReader {
  #state: State = ground
  /** The paste so far, in the pieces of the reads. */
  #pasted: string[] = []
  /** The last characters of the paste, which may begin the mark of its end. */
  #held = ''
  /** Text arrives faster than a person types: its line ends are not Enter. */
  #isBurst = false
  #keys: Key[] = []

  /** Call `silence()` after so many milliseconds without input; undefined: not at all. */
  get timeout(): number | undefined {
    if (this.#state.kind === 'paste') return TIMEOUT.paste
    if (this.#state.kind !== 'ground') return TIMEOUT.sequence
    return this.#isBurst ? TIMEOUT.burst : undefined
  }

  /** The keys in one read. */
  push(read: string): readonly Key[] {
    // Ctrl-C alone ends a paste that has lost its end.
    if (this.#state.kind === 'paste' && read === CTRL_C) this.#endPaste('')
    let at = 0
    while (at < read.length) at = this.#step(read, at)
    return this.#taken()
  }

  /** There was no input for `timeout`: ends the sequence or paste that waits for more. */
  silence(): readonly Key[] {
    this.#isBurst = false
    if (this.#state.kind === 'escape') this.#press('M-escape')
    if (this.#state.kind === 'paste') this.#endPaste('')
    this.#state = ground
    return this.#taken()
  }

  #taken(): readonly Key[] {
    const keys = this.#keys
    this.#keys = []
    return keys
  }

  /** Reads one thing from `read` at `at`; returns where the rest begins. */
  #step(read: string, at: number): number {
    switch (this.#state.kind) {
      case 'ground':
        return this.#text(read, at) ?? this.#control(read, at)
      case 'paste':
        return this.#paste(read, at)
      default:
        return this.#sequence(this.#state, read, at)
    }
  }

  #text(read: string, at: number): number | undefined {
    textRun.lastIndex = at
    const run = textRun.exec(read)?.[0]
    if (run === undefined) return undefined
    this.#isBurst ||= lineEndWithin.test(run)
    if (this.#isBurst) this.#keys.push({ kind: 'paste', text: lines(run) })
    else {
      for (const part of run.split(/([\r\n\t])/)) {
        const chord = controls.get(part)
        if (chord !== undefined) this.#press(chord)
        else if (part !== '') this.#keys.push({ kind: 'text', text: part })
      }
    }
    return at + run.length
  }

  #control(read: string, at: number): number {
    const character = read.charAt(at)
    const introducer = eightBit.get(character)
    const code = character.charCodeAt(0)
    const chord = controls.get(character)
    if (character === ESC) this.#state = { kind: 'escape' }
    else if (introducer !== undefined) this.#begin(introducer)
    else if (chord !== undefined) this.#press(chord)
    else if (code >= 1 && code <= 26) this.#press(`C-${String.fromCharCode(code + 0x60)}`)
    return at + 1
  }

  #sequence(state: Exclude<State, { kind: 'ground' | 'paste' }>, read: string, at: number): number {
    switch (state.kind) {
      case 'escape':
        return this.#escaped(read, at)
      case 'counted':
        this.#state = state.left > 1 ? { kind: 'counted', left: state.left - 1 } : ground
        break
      case 'string':
        return this.#string(state.isEscaped, read, at)
      default:
        return this.#parameters(state, read, at)
    }
    return at + 1
  }

  /** After ESC: a key with Alt, or the introducer of a sequence. */
  #escaped(read: string, at: number): number {
    const character = String.fromCodePoint(read.codePointAt(at) ?? 0)
    if (character === ESC) return at + 1
    this.#state = ground
    if (/^[[OPX\]^_]$/.test(character)) this.#begin(character)
    else {
      const control = controls.get(character)
      const code = character.charCodeAt(0)
      if (control !== undefined) this.#press(`M-${control}`)
      else if (code < 0x20) this.#press(`C-M-${String.fromCharCode(code + 0x60)}`)
      else this.#press(`M-${character.toLowerCase()}`)
    }
    return at + character.length
  }

  #begin(introducer: string): void {
    if (introducer === '[') this.#state = { kind: 'csi', parameters: '' }
    else if (introducer === 'O') this.#state = { kind: 'ss3', parameters: '' }
    else this.#state = { kind: 'string', isEscaped: false }
  }

  /** A control character that ends no string is a key: the string had no end. */
  #string(isEscaped: boolean, read: string, at: number): number {
    if (isEscaped) {
      const isEnd = read.charAt(at) === '\\'
      this.#state = isEnd ? ground : { kind: 'escape' }
      return isEnd ? at + 1 : at
    }
    const length = read.slice(at).search(/\p{Cc}/u)
    if (length === -1) return read.length
    const character = read.charAt(at + length)
    this.#state = character === ESC ? { kind: 'string', isEscaped: true } : ground
    return at + length + ([ESC, BEL, ST].includes(character) ? 1 : 0)
  }

  #parameters(
    { kind, parameters }: Extract<State, { kind: 'csi' | 'ss3' }>,
    read: string,
    at: number,
  ): number {
    const character = read.charAt(at)
    const isFinal = /[@-~]/.test(character) || (character === '$' && /^\d+$/.test(parameters))
    if (isFinal) {
      this.#state = ground
      this.#final(kind, parameters, character)
      return at + 1
    }
    if (!/[ -?]/.test(character)) {
      this.#state = ground
      return at
    }
    const kept = parameters.length < MAX_PARAMETERS ? parameters + character : parameters
    this.#state = { kind, parameters: kept }
    return at + 1
  }

  #final(kind: 'csi' | 'ss3', parameters: string, final: string): void {
    if (kind === 'csi' && parameters === '') {
      if (final === 'M') this.#state = { kind: 'counted', left: 3 }
      else if (final === '[') this.#state = { kind: 'counted', left: 1 }
    }
    const isMouse = final === 'M' && kind === 'csi'
    if (final === '~' && parameters === '200') this.#state = { kind: 'paste' }
    // A sequence with a private marker or intermediate characters is an answer of the terminal.
    else if (!isMouse && /^[\d;]*$/.test(parameters)) this.#named(parameters.split(';'), final)
  }

  #named([first = '', second = '', ...more]: readonly string[], final: string): void {
    if (more.length > 0) return
    if (/[~^$@]/.test(final)) {
      const name = numbered.get(first)
      const rxvt = { '^': 'C-', $: '', '@': 'C-', '~': modifiers(second) }[final] ?? ''
      if (name !== undefined) this.#press(rxvt + name)
      return
    }
    // `CSI 12;40R` is a cursor report, `CSI 1;5R` may be F3: both are ignored.
    const name = finals.get(final)
    if (name !== undefined && (first === '' || first === '1')) this.#press(modifiers(second) + name)
  }

  #paste(read: string, at: number): number {
    const text = this.#held + read.slice(at)
    this.#held = ''
    const ends = PASTE_ENDS.map((mark) => ({ mark, index: text.indexOf(mark) }))
    const [end] = ends.filter(({ index }) => index !== -1).sort((a, b) => a.index - b.index)
    if (end === undefined) {
      const begun = Math.max(...PASTE_ENDS.map((mark) => overlap(text, mark)))
      this.#held = text.slice(text.length - begun)
      this.#pasted.push(text.slice(0, text.length - begun))
      return read.length
    }
    this.#endPaste(text.slice(0, end.index))
    return read.length - (text.length - end.index - end.mark.length)
  }

  #endPaste(last: string): void {
    const text = lines([...this.#pasted, this.#held, last].join(''))
    this.#pasted = []
    this.#held = ''
    this.#state = ground
    this.#keys.push({ kind: 'paste', text })
  }

  #press(chord: string): void {
    this.#keys.push({ kind: 'key', chord })
  }
}

/** xterm's second parameter is one more than the sum of Shift 1, Alt 2, Ctrl 4. */
function modifiers(parameter: string): string {
  const bits = parameter === '' ? 0 : Number(parameter) - 1
  return ((bits & 4) === 0 ? '' : 'C-') + ((bits & 2) === 0 ? '' : 'M-')
}

/** The length of the longest end of the text that is a beginning of the mark. */
function overlap(text: string, mark: string): number {
  for (let length = mark.length - 1; length > 0; length--)
    if (text.endsWith(mark.slice(0, length))) return length
  return 0
}

/** Terminals send the line ends of a paste as CR, like Enter. */
function lines(text: string): string {
  return text.replace(/\r\n?/g, '\n')
}

/**
 * Bytes of a terminal -> text. A byte from 80 to 9F outside a character is the 8-bit control of that number, which
 * terminals send in S8C1T mode; any other byte that is not UTF-8 becomes U+FFFD.
 */
export class TerminalDecoder {
  /** Bytes missing from the character that has begun. */
  #wanted = 0
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })

  decode(bytes: Uint8Array): string {
    return this.#decoder.decode(this.#withWholeControls(bytes), { stream: true })
  }

  #withWholeControls(bytes: Uint8Array): Uint8Array {
    const whole: number[] = []
    let from = 0
    for (const [at, byte] of bytes.entries()) {
      const isContinuation = byte >= 0x80 && byte < 0xc0
      if (isContinuation && this.#wanted > 0) {
        this.#wanted--
        continue
      }
      this.#wanted = byte < 0xc2 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : byte < 0xf5 ? 3 : 0
      if (byte >= 0x80 && byte < 0xa0) {
        for (const before of bytes.subarray(from, at)) whole.push(before)
        whole.push(0xc2, byte)
        from = at + 1
      }
    }
    if (from === 0) return bytes
    for (const rest of bytes.subarray(from)) whole.push(rest)
    return Uint8Array.from(whole)
  }
}
