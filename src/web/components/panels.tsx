/** The open dialog, at most one. */
import type { VNode } from 'preact'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { useView } from '../app/hooks.ts'
import { person } from '../model/conversations.ts'
import { ContactsPanel } from './contacts-panel.tsx'
import { Details } from './details.tsx'
import { Dialog } from './dialog.tsx'
import { IgnoreListPanel } from './ignore-list-panel.tsx'
import { JoinPanel } from './join-panel.tsx'
import { KeysPanel } from './keys-panel.tsx'
import { MembersPanel } from './members-panel.tsx'
import { Navigation } from './navigation.tsx'
import { PersonCard, type PersonCardProps } from './person-card.tsx'
import { ProfilePanel } from './profile-panel.tsx'
import { SearchPanel } from './search-panel.tsx'
import { SettingsPanel } from './settings-panel.tsx'
import { SwitcherPanel } from './switcher-panel.tsx'
import { VerifyPanel } from './verify-panel.tsx'

export function Panels(): VNode | null {
  const panel = useView((view) => view.panel)
  switch (panel.kind) {
    case 'none':
      return null
    case 'switcher':
      return <SwitcherPanel key="switcher" />
    case 'search':
      return <SearchPanel key="search" firstWords={panel.words} />
    case 'join':
      return <JoinPanel key="join" />
    case 'profile':
      return <ProfilePanel key="profile" />
    case 'person':
      return <PersonPanel key="person" id={panel.id} known={panel.known} />
    case 'verify':
      return <VerifyPanel key="verify" id={panel.id} />
    case 'ignore-list':
      return <IgnoreListPanel key="ignore-list" id={panel.id} />
    case 'members':
      return <MembersPanel key="members" channel={panel.channel} />
    case 'contacts':
      return <ContactsPanel key="contacts" />
    case 'keys':
      return <KeysPanel key="keys" />
    case 'settings':
      return <SettingsPanel key="settings" />
    case 'people':
      return (
        <Dialog key="people" title="Who is here" kind="right">
          <Details />
        </Dialog>
      )
    case 'navigation':
      return (
        <Dialog key="navigation" title="Conversations" kind="left">
          <nav class="navigation-sheet" aria-label="Conversations and people">
            <Navigation />
          </nav>
        </Dialog>
      )
  }
}

function PersonPanel({ id, known }: PersonCardProps): VNode {
  const name = useView(({ local }) => sanitizeLine((person(local, id) ?? known)?.name ?? id))
  return (
    <Dialog title={`About ${name}`}>
      <PersonCard id={id} known={known} />
    </Dialog>
  )
}
