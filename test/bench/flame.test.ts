import { describe, expect, test } from 'vitest'
import { flameSvg, framesOf, type CpuProfile, type Frame } from '../../scripts/bench/flame.ts'

const at = (functionName: string, url = '', lineNumber = 0): CpuProfile['nodes'][number]['callFrame'] => ({
  functionName,
  url,
  lineNumber,
})

/** main calls f twice from different lines of the tree, and g; the rest is idle. */
const PROFILE: CpuProfile = {
  nodes: [
    { id: 1, callFrame: at('(root)'), children: [2, 3] },
    { id: 2, callFrame: at('(idle)') },
    { id: 3, callFrame: at('main', 'file:///somewhere/src/cli/main.js', 9), children: [4, 5, 6] },
    { id: 4, callFrame: at('f', 'node:net', 1) },
    { id: 5, callFrame: at('f', 'node:net', 1) },
    { id: 6, callFrame: at('', 'file:///somewhere/src/cli/<a&b>.js') },
  ],
  samples: [2, 4, 5, 3, 6],
  timeDeltas: [1_000, 20, 30, 10, 40],
}

/** `name place total`, those that were called indented. */
function lines({ name, place, total, called }: Frame, indent = ''): string[] {
  return [
    `${indent}${name} ${place} ${total}`,
    ...[...called.values()].flatMap((frame) => lines(frame, `${indent}  `)),
  ]
}

test('time counts for who ran and for all who waited for it; the same calls are one; idle time is none', () => {
  expect(lines(framesOf(PROFILE))).toEqual([
    'all  100',
    '  main cli/main.js:10 100',
    '    f node:net:2 50',
    '    (anonymous) cli/<a&b>.js:1 40',
  ])
})

describe('the drawing', () => {
  const svg = flameSvg(framesOf(PROFILE), 'receiver <1>')

  test('has a rectangle for each function, as wide as its time, the longest first', () => {
    const drawn = [
      ...svg.matchAll(/<title>([^<]*)<\/title><rect x="([0-9.]+)" y="[0-9]+" width="([0-9.]+)"/g),
    ]
    expect(drawn.map(([, title, x, width]) => [title, x, width])).toEqual([
      ['all, 0.1 ms', '0.0', '1200.0'],
      ['main cli/main.js:10, 0.1 ms', '0.0', '1200.0'],
      ['f node:net:2, 0.1 ms', '0.0', '600.0'],
      ['(anonymous) cli/&lt;a&amp;b&gt;.js:1, 0.0 ms', '600.0', '480.0'],
    ])
  })

  test('names are text, never markup', () => {
    expect(svg).toContain('receiver &lt;1&gt;: 0.0 s of work')
    expect(svg).not.toContain('<a&b>')
  })

  test('leaves out what is too narrow to be seen', () => {
    const [thin, wide] = [1, 10_000]
    const frames = framesOf({ ...PROFILE, timeDeltas: [0, thin, 0, 0, wide] })
    expect(flameSvg(frames, '')).not.toContain('>f node:net')
  })
})

test('a profile of nothing is an empty drawing', () => {
  const svg = flameSvg(framesOf({ nodes: PROFILE.nodes, samples: [2], timeDeltas: [5] }), 'idle')
  expect(svg).not.toContain('NaN')
})
