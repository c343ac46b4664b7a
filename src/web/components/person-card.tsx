/** The profile of a person. */
import type { VNode } from 'preact'
import { namesBefore } from '../../chat/renames.ts'
import { sanitizeLine, sanitizeSentence } from '../../chat/sanitize.ts'
import { useChat, useView } from '../app/hooks.ts'
import { go, setVerified } from '../app/perform.ts'
import { directWith, person, titleInText } from '../model/conversations.ts'
import { fullTime } from '../model/times.ts'
import type { LocalPerson } from '../../chat/wire/local-api.ts'
import { Avatar } from './avatar.tsx'
import { HushButtons } from './hush-buttons.tsx'
import { Mark } from './mark.tsx'
import { Presence } from './presence.tsx'

export interface PersonCardProps {
  readonly id: string
  /** What was last read of a person who is not in the state. */
  readonly known?: LocalPerson | undefined
}

export function PersonCard({ id, known }: PersonCardProps): VNode {
  const chat = useChat()
  const one = useView(({ local }) => person(local, id)) ?? known
  const isOpen = useView(({ open }) => open === directWith(id))
  const hushed = useView(({ local }) => local?.hushed.find(({ target }) => target === id))
  const isSelf = useView(({ local }) => local?.self.id === id)
  const name = sanitizeLine(one?.name ?? id)
  const before = namesBefore({ name: one?.name ?? id, formerNames: one?.formerNames ?? [] })
  return (
    <div class="person-card">
      <Avatar id={id} name={name} picture={one?.picture} size="large" />
      <h2 dir="auto">{name}</h2>
      <p>
        <Presence isHere={one?.isHere ?? false} /> <Mark mark={one?.mark} />
      </p>
      {one !== undefined && one.status !== '' && (
        <p class="person-status" dir="auto">
          {sanitizeSentence(one.status)}
        </p>
      )}
      <dl>
        <dt>Key</dt>
        <dd>{one?.short ?? 'none: any program at that address could be this one'}</dd>
        <dt>{one !== undefined && one.addresses.length > 1 ? 'Addresses' : 'Address'}</dt>
        <dd>{(one?.addresses ?? [id]).map(sanitizeLine).join(', ')}</dd>
        {one?.since !== undefined && (
          <>
            <dt>Known since</dt>
            <dd>{fullTime(one.since)}</dd>
          </>
        )}
        {one?.verifiedAt !== undefined && (
          <>
            <dt>Verified</dt>
            <dd>
              {fullTime(one.verifiedAt)}
              {one.mark !== 'verified' && ', but the key was not proved since your Parley started'}
            </dd>
          </>
        )}
        {before.length > 0 && (
          <>
            <dt>Names before</dt>
            <dd>
              {before
                .map((former) => `${sanitizeLine(former.name)} until ${fullTime(former.until)}`)
                .join(', ')}
            </dd>
          </>
        )}
        {one?.key !== undefined && (
          <>
            <dt>Key in full</dt>
            <dd>{one.key}</dd>
          </>
        )}
        {one !== undefined && one.channels.length > 0 && (
          <>
            <dt>With you in</dt>
            <dd>{one.channels.map((channel) => titleInText(undefined, channel)).join(' ')}</dd>
          </>
        )}
        {one?.isLsnp === true && (
          <>
            <dt>Reached by</dt>
            <dd>a program of another kind (LSNP): its delivery is not always confirmed</dd>
          </>
        )}
      </dl>
      {one?.callsItself !== undefined && (
        <button
          type="button"
          class="button button-quiet"
          onClick={() => void chat.attempt(() => chat.api.acceptName(id))}
        >
          Call {name} {sanitizeLine(one.callsItself)}, as it calls itself
        </button>
      )}
      {one?.key !== undefined && <VerifyButton one={one} />}
      {!isSelf && <HushButtons id={id} name={name} hushed={hushed} />}
      {!isOpen && (
        <button
          type="button"
          class="button"
          onClick={() => {
            chat.closePanel()
            go(chat, directWith(id))
          }}
        >
          Write to {name}
        </button>
      )}
    </div>
  )
}

function VerifyButton({ one: { id, name, verifiedAt } }: { readonly one: LocalPerson }): VNode {
  const chat = useChat()
  const isVerified = verifiedAt !== undefined
  return (
    <button
      type="button"
      class="button button-quiet"
      onClick={() => {
        if (isVerified) void setVerified(chat, id, name, false)
        else chat.panel({ kind: 'verify', id })
      }}
    >
      {isVerified ? 'No longer verified' : 'Compare keys'}
    </button>
  )
}
