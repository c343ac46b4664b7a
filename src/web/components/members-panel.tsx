/** The dialog of a closed channel: who is in it, and for its creator who comes in and who goes. */
import type { VNode } from 'preact'
import { useCallback, useEffect, useState } from 'preact/hooks'
import { sanitizeLine } from '../../chat/sanitize.ts'
import type { LocalMembers } from '../../chat/wire/local-api.ts'
import { useChat, useView } from '../app/hooks.ts'
import { invite, remove } from '../app/perform.ts'
import { personNamed, titleInText } from '../model/conversations.ts'
import type { Problem } from '../model/problem.ts'
import { Dialog } from './dialog.tsx'
import { ProblemLine } from './problem-line.tsx'
import { QrCode } from './qr-code.tsx'
import { TextField } from './text-field.tsx'

type Member = LocalMembers['members'][number]

export function MembersPanel({ channel }: { readonly channel: string }): VNode {
  const title = useView(({ local }) => titleInText(local, channel))
  const { members, problem, act } = useMembers(channel)
  return (
    <Dialog title={`Members of ${title}`}>
      <p class="note">
        Only members see this channel. Who is invited reads what is said from the invitation on, and nothing
        earlier; who is removed keeps what it has read.
      </p>
      <ProblemLine id="members-problem" problem={problem} />
      <ul class="members">
        {(members?.members ?? []).map((member) => (
          <MemberLine
            key={member.id}
            member={member}
            canRemove={members?.isOwn === true}
            channel={channel}
            act={act}
          />
        ))}
      </ul>
      {members?.isOwn === true && <Inviting channel={channel} links={members.links} act={act} />}
    </Dialog>
  )
}

/** Does something, and reads the members anew. */
type Act = (work: () => Promise<unknown>) => Promise<void>

function useMembers(channel: string) {
  const chat = useChat()
  // Whatever changes in the state may be a member that came or went.
  const local = useView((view) => view.local)
  const [members, setMembers] = useState<LocalMembers>()
  const [problem, setProblem] = useState<Problem>()
  const load = useCallback(async () => {
    setProblem(
      await chat.tried(async () => {
        setMembers(await chat.api.members(channel))
      }),
    )
  }, [chat, channel])
  useEffect(() => {
    void load()
  }, [load, local])
  const act: Act = async (work) => {
    const failed = await chat.tried(async () => {
      await work()
    })
    if (failed === undefined) await load()
    else setProblem(failed)
  }
  return { members, problem, act }
}

interface MemberLineProps {
  readonly member: Member
  readonly canRemove: boolean
  readonly channel: string
  readonly act: Act
}

function MemberLine({ member, canRemove, channel, act }: MemberLineProps): VNode {
  const chat = useChat()
  const name = sanitizeLine(member.name)
  const facts = [presenceOf(member), ...(member.isCreator ? ['made this channel'] : [])]
  return (
    <li>
      <span>
        <span dir="auto">{member.isYou ? `${name} (you)` : name}</span>: {facts.join(', ')}
      </span>{' '}
      {canRemove && !member.isYou && (
        <button
          type="button"
          class="button button-quiet"
          aria-label={`Remove ${name}`}
          onClick={() => void act(() => remove(chat, channel, member))}
        >
          Remove
        </button>
      )}
    </li>
  )
}

function presenceOf({ isHere, isInvited }: Member): string {
  if (isInvited) return 'invited'
  return isHere ? 'here' : 'away'
}

interface InvitingProps {
  readonly channel: string
  readonly links: readonly string[]
  readonly act: Act
}

function Inviting({ channel, links, act }: InvitingProps): VNode {
  const chat = useChat()
  const [written, setWritten] = useState('')
  const [problem, setProblem] = useState<Problem>()
  const submit = async (): Promise<void> => {
    const found = personNamed(chat.view.local, written.trim())
    setProblem('problem' in found ? { text: found.problem, field: 'name' } : undefined)
    if ('problem' in found) return
    await act(() => invite(chat, channel, found))
    setWritten('')
  }
  return (
    <>
      <form
        class="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <TextField
          label="Invite a person"
          placeholder="Name"
          value={written}
          onWrite={setWritten}
          problem={problem}
        />
        <button type="submit" class="button">
          Invite
        </button>
      </form>
      <h3>Links</h3>
      <p class="note">Each lets one person in, within 7 days, while your Parley runs.</p>
      <button type="button" class="button" onClick={() => void act(() => chat.api.invite({ channel }))}>
        Make a link
      </button>
      <ul>
        {links.map((link, place) => (
          <li key={link}>
            <QrCode text={link} label={`Link ${place + 1} as a QR code`} />
            <p class="closed-link">{link}</p>
            <button
              type="button"
              class="button button-quiet"
              aria-label={`Withdraw link ${place + 1}`}
              onClick={() => void act(() => chat.api.remove({ channel, link }))}
            >
              Withdraw
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}
