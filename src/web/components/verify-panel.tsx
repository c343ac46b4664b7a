/** The dialog that compares the key of a person: the digits and the code that both screens show. */
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { useChat, useView } from '../app/hooks.ts'
import { setVerified } from '../app/perform.ts'
import { person } from '../model/conversations.ts'
import type { Problem } from '../model/problem.ts'
import { Dialog } from './dialog.tsx'
import { QrCode } from './qr-code.tsx'
import { ProblemLine } from './problem-line.tsx'

const GROUPS_IN_LINE = 4

export function VerifyPanel({ id }: { readonly id: string }): VNode {
  const chat = useChat()
  const one = useView(({ local }) => person(local, id))
  const { groups, problem } = useSafetyNumber(id)
  const name = sanitizeLine(one?.name ?? id)
  return (
    <Dialog title={`Compare keys with ${name}`}>
      <p class="note">
        {name} sees the same digits in “Compare keys” with you, or another program is between you. Compare
        them aloud or by the code, not in this chat.
      </p>
      <ProblemLine id="verify-problem" problem={problem} />
      {groups !== undefined && (
        <>
          <QrCode text={groups.join('')} label="The digits as a QR code" />
          <p class="safety-number" aria-label="Safety number">
            {linesOf(groups).map((line) => (
              <span key={line}>{line}</span>
            ))}
          </p>
          <button
            type="button"
            class="button"
            onClick={() => {
              chat.closePanel()
              void setVerified(chat, id, name, true)
            }}
          >
            All digits agree
          </button>
        </>
      )}
    </Dialog>
  )
}

function useSafetyNumber(id: string): {
  readonly groups: readonly string[] | undefined
  readonly problem: Problem | undefined
} {
  const chat = useChat()
  const [groups, setGroups] = useState<readonly string[]>()
  const [problem, setProblem] = useState<Problem>()
  useEffect(() => {
    let isOpen = true
    void chat
      .tried(async () => {
        const number = await chat.api.safetyNumber(id)
        if (isOpen) setGroups(number.groups)
      })
      .then((failed) => {
        if (isOpen) setProblem(failed)
      })
    return () => {
      isOpen = false
    }
  }, [chat, id])
  return { groups, problem }
}

function linesOf(groups: readonly string[]): string[] {
  const starts = groups.flatMap((_group, index) => (index % GROUPS_IN_LINE === 0 ? [index] : []))
  return starts.map((start) => groups.slice(start, start + GROUPS_IN_LINE).join(' '))
}
