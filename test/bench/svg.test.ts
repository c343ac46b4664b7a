import { describe, expect, test } from 'vitest'
import { asSvg } from '../../scripts/bench/harness/svg.ts'
import type { Chart } from '../../scripts/bench/harness/chart.ts'

const chart: Chart = {
  file: 'some',
  title: 'Cost <of> "a" & b',
  x: { label: 'peers', scale: 'logarithmic', ticks: [1, 10, 100].map((at) => ({ at, label: String(at) })) },
  y: { label: 'ms', scale: 'linear' },
  lines: [
    {
      name: 'bare TCP',
      points: [
        [1, 0],
        [10, 5],
        [100, 10],
      ],
    },
    {
      name: 'Parley',
      points: [
        [1, 10],
        [100, 10],
      ],
    },
  ],
}

/** The marks of the first line are circles. */
function circles(svg: string): [number, number][] {
  const plotted = /<g class="line-0">.*/.exec(svg)?.[0] ?? ''
  return [...plotted.matchAll(/<circle class="mark" cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ])
}

/** Whether every tag is closed, in the right order. */
function isWellFormed(svg: string): boolean {
  const open: string[] = []
  for (const [, close, name = '', selfClosed] of svg.matchAll(/<(\/?)([a-z]+)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (close === '/') {
      if (open.pop() !== name) return false
    } else if (selfClosed !== '/') open.push(name)
  }
  return open.length === 0
}

describe('a chart', () => {
  const svg = asSvg(chart)

  test('is well-formed, and names are text, not markup', () => {
    expect(isWellFormed(svg)).toBe(true)
    expect(svg).toContain('Cost &lt;of&gt; &quot;a&quot; &amp; b')
    expect(svg).not.toContain('<of>')
  })

  test('says what it is, what its axes are, and the name of each line', () => {
    expect(svg).toContain('<title>Cost &lt;of&gt;')
    for (const label of ['peers', 'ms', 'bare TCP', 'Parley', '>100<']) expect(svg).toContain(label)
  })

  test('draws the lowest point at the bottom left, the highest at the top right, all decades as wide', () => {
    const [first, middle, last] = circles(svg)
    expect(first).toEqual([84, 348])
    expect(middle).toEqual([344, 198])
    expect(last).toEqual([604, 48])
  })
})

test.each<[string, Chart['lines']]>([
  ['no line', []],
  ['a line without points', [{ name: 'none', points: [] }]],
  ['one point', [{ name: 'one', points: [[5, 5]] }]],
  [
    'the same value throughout',
    [
      {
        name: 'flat',
        points: [
          [1, 3],
          [2, 3],
        ],
      },
    ],
  ],
  [
    'values that are not numbers',
    [
      {
        name: 'odd',
        points: [
          [1, NaN],
          [2, Infinity],
          [3, 4],
        ],
      },
    ],
  ],
  [
    'more lines than colours',
    Array.from({ length: 12 }, (_, index) => ({ name: `${index}`, points: [[1, index]] })),
  ],
])('%s is drawn', (_, lines) => {
  for (const scale of ['linear', 'logarithmic'] as const) {
    const svg = asSvg({
      file: 'x',
      title: 'x',
      x: { label: 'x', scale: 'linear' },
      y: { label: 'y', scale },
      lines,
    })
    expect(isWellFormed(svg)).toBe(true)
    expect(svg).not.toMatch(/NaN|Infinity|undefined/)
  }
})
