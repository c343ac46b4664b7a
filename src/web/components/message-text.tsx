/** The text of a message: text nodes, links and mentions, nothing else. */
import type { VNode } from 'preact'
import { textParts, type TextPart } from '../model/text-parts.ts'

export function MessageText({ text, ownName }: { readonly text: string; readonly ownName: string }): VNode {
  return <>{textParts(text, ownName).map(partNode)}</>
}

function partNode(part: TextPart): string | VNode {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'mention':
      return <strong class="mention">{part.text}</strong>
    case 'link':
      return (
        <>
          <a href={part.address} target="_blank" rel="noopener noreferrer nofollow">
            {part.text}
          </a>
          {part.host !== undefined && <span class="link-host"> ({part.host})</span>}
        </>
      )
  }
}
