import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asSvg } from '../../scripts/bench/svg.ts'
import type { Chart } from '../../scripts/bench/chart.ts'

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

/** Places of the marks of a line: circles are those of the first. */
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

  test('is well-formed, and text is text', () => {
    expect(isWellFormed(svg)).toBe(true)
    expect(svg).toContain('Cost &lt;of&gt; &quot;a&quot; &amp; b')
    expect(svg).not.toContain('<of>')
  })

  test('says what it is, what its axes are, and the name of each line', () => {
    expect(svg).toContain('<title>Cost &lt;of&gt;')
    for (const label of ['peers', 'ms', 'bare TCP', 'Parley', '>100<']) expect(svg).toContain(label)
  })

  test('has a ground and colours for light and for dark, and a mark of its own for each line', () => {
    const [light = '', dark = ''] = svg.split('prefers-color-scheme:dark')
    for (const part of [light, dark])
      expect(part).toMatch(/\.ground\{fill:#.*\.line-0\{stroke:#.*\.line-1\{stroke:#/s)
    expect(svg).toContain('<circle class="mark"')
    expect(svg).toContain('<path class="mark"')
  })

  test('puts the lowest at the bottom left, the highest at the top right, each decade as wide as the other', () => {
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
])('%s is no trouble', (_, lines) => {
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

test('marks stay inside the plot, and the axis around them, whatever the values', () => {
  const value = fc.double({ min: 0.001, max: 1e7, noNaN: true })
  const points = fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 20 })
  const scale = fc.constantFrom('linear' as const, 'logarithmic' as const)
  fc.assert(
    fc.property(points, scale, scale, (points, across, up) => {
      const axes = { x: { label: 'x', scale: across }, y: { label: 'y', scale: up } }
      const places = circles(asSvg({ file: 'x', title: 'x', ...axes, lines: [{ name: 'a', points }] }))
      expect(places).toHaveLength(points.length)
      for (const [x, y] of places) {
        expect(x).toBeGreaterThanOrEqual(84)
        expect(x).toBeLessThanOrEqual(604)
        expect(y).toBeGreaterThanOrEqual(48)
        expect(y).toBeLessThanOrEqual(348)
      }
    }),
  )
})
