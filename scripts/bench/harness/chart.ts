/** A chart of lines, as data; svg.ts draws it. */
export interface Chart {
  /** The name of its file, without the extension. */
  readonly file: string
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly lines: readonly Line[]
}

export interface Axis {
  readonly label: string
  readonly scale: 'linear' | 'logarithmic'
  /** Chosen by the values if not given. */
  readonly ticks?: readonly { readonly at: number; readonly label: string }[]
}

export interface Line {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}
