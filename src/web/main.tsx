/** The entry point of the page. */
import { render } from 'preact'
import { callAttention } from './app/attention.ts'
import { Chat } from './app/chat.ts'
import { listenForKeys } from './app/global-keys.ts'
import { SurroundingsContext } from './app/hooks.ts'
import { SettingsKeep } from './app/settings.ts'
import { MainPage } from './components/main-page.tsx'
import { NeedsToken } from './components/needs-token.tsx'
import { conversationIn } from './model/location.ts'
import { askTabsForToken, takeToken, tellTabsToken } from './net/token.ts'
import './styles/colours.css'
import './styles/base.css'
import './styles/page.css'
import './styles/navigation.css'
import './styles/avatar.css'
import './styles/log.css'
import './styles/composer.css'
import './styles/dialogs.css'

const page = document.getElementById('page')
if (page === null) throw new Error('index.html has no #page')
const settings = new SettingsKeep()
const token = takeToken() ?? (await askTabsForToken())
if (token === undefined) {
  render(<NeedsToken />, page)
  // Pasting the whole address into the same tab changes only its fragment.
  window.addEventListener('hashchange', () => {
    location.reload()
  })
} else {
  startChat(page, token)
}

function startChat(element: HTMLElement, token: string): void {
  const chat = new Chat(token)
  const openFromAddress = (): void => {
    if (takeToken() !== token) location.reload()
    const conversation = conversationIn(location.hash)
    if (conversation !== undefined) chat.open(conversation)
  }
  openFromAddress()
  window.addEventListener('hashchange', openFromAddress)
  window.addEventListener('online', () => {
    chat.wake()
  })
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') chat.wake()
  })
  // A page from the back/forward cache has missed events.
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) location.reload()
  })
  window.addEventListener('beforeunload', (event) => {
    if (chat.sendQueue.holdsUnkept) event.preventDefault()
  })
  listenForKeys(chat)
  callAttention(chat, settings)
  tellTabsToken(token, () => chat.view.link.kind !== 'refused')
  render(
    <SurroundingsContext.Provider value={{ chat, settings }}>
      <MainPage />
    </SurroundingsContext.Provider>,
    element,
  )
  void chat.start()
}
