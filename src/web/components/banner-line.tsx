/** The banner over the conversation. Its two live regions are always in the document, so screen readers announce them. */
import type { VNode } from 'preact'
import { useChat, useView } from '../app/hooks.ts'
import { bannerOf, type Banner } from '../model/banner.ts'
import type { Outgoing } from '../model/view.ts'

export function BannerLine(): VNode {
  const link = useView((view) => view.link)
  const local = useView((view) => view.local)
  const held = useView(({ outgoing }) => outgoing.filter(waits).length)
  const unkept = useView(
    ({ outgoing }) => outgoing.filter(waits).filter(({ isKept }) => isKept === false).length,
  )
  const banner = bannerOf(link, local, held, unkept)
  const isError = banner?.kind === 'error'
  return (
    <>
      <div role="status">{banner !== undefined && !isError && <BannerWords banner={banner} />}</div>
      <div role="alert">{banner !== undefined && isError && <BannerWords banner={banner} />}</div>
    </>
  )
}

function waits({ state }: Outgoing): boolean {
  return state !== 'refused'
}

function BannerWords({ banner: { kind, title, detail, canRetry } }: { readonly banner: Banner }): VNode {
  const chat = useChat()
  return (
    <div class={`banner banner-${kind}`}>
      <p>
        <strong>{title}</strong> {detail}
      </p>
      {canRetry && (
        <button
          type="button"
          class="button button-quiet"
          onClick={() => {
            chat.wake()
          }}
        >
          Try now
        </button>
      )}
    </div>
  )
}
