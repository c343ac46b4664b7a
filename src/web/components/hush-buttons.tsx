/** Mute, ignore and block a person, and the undo of each. */
import type { VNode } from 'preact'
import { useChat } from '../app/hooks.ts'
import { setHushed } from '../app/perform.ts'
import { PARTICIPLES, type HushKind } from '../../chat/hush.ts'
import { hushedText } from '../model/hushed.ts'
import type { LocalHushed } from '../../chat/wire/local-hush.ts'

const LABELS: readonly (readonly [kind: HushKind, label: string, title: string])[] = [
  ['mute', 'Mute for 8 hours', 'Messages are shown, but nothing calls you'],
  ['ignore', 'Ignore', 'Messages are dropped and not kept'],
  ['block', 'Block', 'Nothing is answered or sent there, as if you were away'],
]

export interface HushButtonsProps {
  readonly id: string
  readonly name: string
  readonly hushed: LocalHushed | undefined
}

export function HushButtons({ id, name, hushed }: HushButtonsProps): VNode {
  const chat = useChat()
  const now = hushed?.kind
  const change = (kind: HushKind | undefined): void => void setHushed(chat, { id, name, now, kind })
  return (
    <div class="hush-buttons">
      {hushed !== undefined && <p>{hushedText(hushed)}</p>}
      {LABELS.map(([kind, label, title]) => (
        <button
          key={kind}
          type="button"
          class="button button-quiet"
          title={title}
          onClick={() => {
            change(kind === now ? undefined : kind)
          }}
        >
          {kind === now ? `No longer ${PARTICIPLES[kind]}` : label}
        </button>
      ))}
    </div>
  )
}
