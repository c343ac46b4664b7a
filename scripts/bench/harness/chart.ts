/** A chart of lines, as data: what `svg.ts` draws. */
export interface Chart {
  /** Of the file, without its ending. */
  readonly file: string
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly lines: readonly Line[]
}

export interface Axis {
  readonly label: string
  readonly scale: 'linear' | 'logarithmic'
  /** Where there are marks, with what is written there; without them they are chosen. */
  readonly ticks?: readonly { readonly at: number; readonly label: string }[]
}

export interface Line {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}
