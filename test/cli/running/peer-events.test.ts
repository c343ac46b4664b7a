/** Events of a peer before and after there is a listener. */
import { expect, test } from 'vitest'
import { PeerEvents, type PeerListener } from '../../../src/cli/running/peer-events.ts'
import type { ChatEvent } from '../../../src/chat/model.ts'

function notice(text: string): ChatEvent {
  return { kind: 'notice', text }
}

/** A listener that notes the texts of notices, and does something for each. */
function listener(then: (text: string) => void = () => undefined): PeerListener & { texts: string[] } {
  const texts: string[] = []
  return {
    texts,
    show: (event) => {
      if (event.kind !== 'notice') return
      texts.push(event.text)
      then(event.text)
    },
  }
}

test('every listener gets earlier events first, then later ones', () => {
  const events = new PeerEvents()
  const [one, other] = [listener(), listener()]
  events.show(notice('a'))
  events.show(notice('b'))
  events.listen(one, other)
  events.show(notice('c'))
  expect([one.texts, other.texts]).toEqual([
    ['a', 'b', 'c'],
    ['a', 'b', 'c'],
  ])
})

test('an event that a listener causes comes after the earlier ones', () => {
  const events = new PeerEvents()
  const page = listener((text) => {
    if (text === 'a') events.show(notice('caused'))
  })
  events.show(notice('a'))
  events.show(notice('b'))
  events.listen(page)
  expect(page.texts).toEqual(['a', 'b', 'caused'])
})
