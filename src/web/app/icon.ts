/** The icon of the tab, with the number of unread messages drawn over it. */
import plainIcon from '../icon.svg'

const SIDE = 64
const COLOURS = { plain: '#0f6b5c', mention: '#b3261e' } as const

let shown: string | undefined

/** An empty `count` shows the plain icon. */
export function showIcon(count: string, isMention: boolean): void {
  if (count === '') {
    setIcon(plainIcon)
    return
  }
  const canvas = document.createElement('canvas')
  canvas.width = SIDE
  canvas.height = SIDE
  const context = canvas.getContext('2d')
  if (context === null) return
  context.fillStyle = isMention ? COLOURS.mention : COLOURS.plain
  context.beginPath()
  context.arc(SIDE / 2, SIDE / 2, SIDE / 2, 0, 2 * Math.PI)
  context.fill()
  context.fillStyle = '#fff'
  context.font = `bold ${count.length > 2 ? 28 : 40}px sans-serif`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.fillText(count, SIDE / 2, SIDE / 2 + 3)
  canvas.toBlob((blob) => {
    if (blob !== null) setIcon(URL.createObjectURL(blob))
  })
}

function setIcon(address: string): void {
  const link = document.querySelector('link[rel=icon]')
  link?.setAttribute('href', address)
  link?.setAttribute('type', address === plainIcon ? 'image/svg+xml' : 'image/png')
  if (shown?.startsWith('blob:') === true && shown !== address) URL.revokeObjectURL(shown)
  shown = address
}
