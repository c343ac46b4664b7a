/** One message of the log. Renders again only when its own props have changed, because there are many. */
import { Component, type VNode } from 'preact'
import { countOf, hushMark } from '../../chat/hush.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import type { LocalMessage } from '../../chat/wire/local-api.ts'
import { deliveryStatus } from '../model/delivery.ts'
import { mentions } from '../model/mention.ts'
import { clockTime, fullTime, machineTime } from '../model/times.ts'
import { Avatar } from './avatar.tsx'
import { DeliveryStatusLine } from './delivery-status.tsx'
import { MessageText } from './message-text.tsx'

export interface MessageRowProps {
  readonly message: LocalMessage
  readonly isFirst: boolean
  readonly isFound: boolean
  /** What the author is called here now. */
  readonly name: string
  readonly picture: string | undefined
  readonly ownName: string
  readonly retry: () => void
  readonly showPerson: (id: string) => void
  readonly showList: (id: string) => void
}

export class MessageRow extends Component<MessageRowProps> {
  override shouldComponentUpdate(next: MessageRowProps): boolean {
    const { message, isFirst, isFound, name, picture, ownName } = this.props
    return (
      next.message !== message ||
      next.isFirst !== isFirst ||
      next.isFound !== isFound ||
      next.name !== name ||
      next.picture !== picture ||
      next.ownName !== ownName
    )
  }

  override render({
    message,
    isFirst,
    isFound,
    name,
    picture,
    ownName,
    retry,
    showPerson,
    showList,
  }: MessageRowProps): VNode {
    const { from, own, text, action } = message
    const status = deliveryStatus(message.delivery)
    return (
      <article
        class={classesOf(message, isFirst, isFound, ownName)}
        data-key={message.key}
        tabIndex={isFound ? -1 : undefined}
      >
        {isFirst && !action && <Avatar id={from.id} name={name} picture={picture} />}
        <Author
          message={message}
          name={sanitizeLine(name)}
          isShown={isFirst && !action}
          showPerson={showPerson}
        />
        <div class="text" dir="auto">
          {action && (
            <span class="action-name" aria-hidden="true">
              <span>* </span>
              {sanitizeLine(name)}{' '}
            </span>
          )}
          {message.ignoreList === undefined ? (
            <MessageText text={text} ownName={own ? '' : ownName} />
          ) : (
            <SharedList
              count={message.ignoreList}
              own={own}
              show={() => {
                showList(from.id)
              }}
            />
          )}
        </div>
        <Time message={message} />
        <DeliveryStatusLine status={status}>
          {status.kind === 'failed' && (
            <button type="button" class="link-button" onClick={retry}>
              Retry
            </button>
          )}
        </DeliveryStatusLine>
      </article>
    )
  }
}

interface SharedListProps {
  readonly count: number
  readonly own: boolean
  readonly show: () => void
}

/** Instead of the text of a message that shares an ignore list. */
function SharedList({ count, own, show }: SharedListProps): VNode {
  return (
    <>
      shares a list of {countOf(count)}{' '}
      {!own && (
        <button type="button" class="link-button" onClick={show}>
          Look at the list
        </button>
      )}
    </>
  )
}

interface AuthorProps {
  readonly message: LocalMessage
  readonly name: string
  readonly isShown: boolean
  readonly showPerson: (id: string) => void
}

/** Not a Tab stop: the lists beside the log lead to people by keyboard. */
function Author({ message: { from, own }, name, isShown, showPerson }: AuthorProps): VNode {
  if (!isShown || own) return <span class={isShown ? 'author' : 'author only-heard'}>{name}</span>
  return (
    <button
      type="button"
      class="author author-button"
      tabIndex={-1}
      dir="auto"
      onClick={() => {
        showPerson(from.id)
      }}
    >
      {name}
    </button>
  )
}

/** A late message stands where it was said; both times are in the title. */
function Time({ message }: { readonly message: LocalMessage }): VNode {
  const { at, receivedAt, late, own, relayed, hushed } = message
  const isLate = late && !own
  const mark = hushMark(hushed)
  const title = isLate ? `sent ${fullTime(at)}, received ${fullTime(receivedAt)}` : fullTime(at)
  return (
    <time class="time" dateTime={machineTime(at)} title={title}>
      {isLate ? `${clockTime(receivedAt)} (sent ${clockTime(at)})` : clockTime(at)}
      {relayed === true && ' (relayed)'}
      {mark !== undefined && ` ${mark}`}
    </time>
  )
}

function classesOf(message: LocalMessage, isFirst: boolean, isFound: boolean, ownName: string): string {
  const classes = ['message']
  if (isFirst) classes.push('is-first')
  if (message.own) classes.push('is-own')
  if (message.action) classes.push('is-action')
  if (message.late && !message.own) classes.push('is-late')
  if (message.relayed === true) classes.push('is-relayed')
  if (hushMark(message.hushed) !== undefined) classes.push('is-hushed')
  if (isFound) classes.push('is-found')
  if (!message.own && message.hushed === undefined && mentions(message.text, ownName))
    classes.push('is-for-us')
  return classes.join(' ')
}
