'use strict'

const revisions = JSON.parse(document.getElementById('data').textContent)
const nav = document.querySelector('nav')
const items = [...document.querySelectorAll('li')]
const article = document.querySelector('article')
const search = document.getElementById('search')
const found = document.getElementById('found')
const rowOf = new Map(revisions.map((revision, row) => [revision.id, row]))
const children = revisions.map(() => [])
const needed = revisions.map(() => [])
revisions.forEach(({ id, parents, needs }) => {
  parents.forEach((parent) => children[rowOf.get(parent)]?.push(id))
  needs.forEach((need) => needed[rowOf.get(need)]?.push(id))
})

const element = (name, content, className) => {
  const made = document.createElement(name)
  if (content !== undefined) made.append(content)
  if (className) made.className = className
  return made
}

const link = (id) => {
  const row = rowOf.get(id)
  if (row === undefined) return element('code', id)
  const { message } = revisions[row]
  const made = element('a')
  made.href = items[row].firstChild.getAttribute('href')
  made.append(element('code', id), message && '  ' + message)
  return made
}

// Comments, strings and words of SQL in colours of their own; everything stays text.
const KEYWORDS = /^(add|all|alter|and|as|begin|between|by|cascade|case|check|column|comment|commit|concurrently|constraint|create|default|delete|distinct|do|drop|else|end|enum|exists|extension|false|for|foreign|from|function|grant|group|having|if|in|index|insert|into|is|join|key|left|like|limit|not|null|on|or|order|primary|references|rename|replace|returning|returns|revoke|right|schema|select|sequence|set|table|then|to|trigger|true|truncate|type|union|unique|update|using|values|view|when|where|with)$/i
const TOKEN = /(--[^\n]*|\/\*[^]*?\*\/)|('(?:[^']|'')*')|([A-Za-z_]+)|[^]/g
const colored = (text) => {
  const code = element('code')
  let plain = ''
  const flush = () => { code.append(plain); plain = '' }
  for (const [token, comment, string, word] of text.matchAll(TOKEN)) {
    const name = comment ? 'i' : string ? 's' : word && KEYWORDS.test(word) ? 'em' : ''
    if (name) { flush(); code.append(element(name, token)) } else plain += token
  }
  flush()
  return code
}

const fact = (list, name, contents) => {
  if (!contents.length) return
  list.append(element('dt', name))
  const value = element('dd')
  value.append(...contents)
  list.append(value)
}

let chosen
const show = (row) => {
  if (chosen !== undefined) items[chosen].firstChild.removeAttribute('aria-current')
  chosen = row
  article.replaceChildren()
  article.scrollTop = 0
  if (row === undefined) {
    article.append(element('p', 'Choose a revision to see what it says and what it runs.'))
    return
  }
  const revision = revisions[row]
  items[row].firstChild.setAttribute('aria-current', 'true')
  const heading = element('h2', element('code', revision.id))
  revision.states.forEach((state) => heading.append(' ', element('b', state, state)))
  article.append(heading, element('p', revision.message || 'no message', 'message'))
  const list = element('dl')
  fact(list, 'Parents', revision.parents.map(link))
  fact(list, 'Depends on', revision.needs.map(link))
  fact(list, 'Followed by', children[row].map(link))
  fact(list, 'Needed by', needed[row].map(link))
  fact(list, 'Labels', revision.labels.length ? [revision.labels.join(', ')] : [])
  fact(list, 'Created', revision.created ? [revision.created] : [])
  fact(list, 'File', revision.path ? [element('code', revision.path)] : [])
  article.append(list)
  for (const { title, text, sql } of revision.blocks) {
    article.append(element('h3', title), element('pre', sql ? colored(text) : element('code', text)))
  }
  if (!revision.blocks.length) article.append(element('p', 'It runs nothing.'))
}

// The end of the address says which one is shown, so that a link can lead to it.
const follow = () => {
  let id = ''
  try { id = decodeURIComponent(location.hash.slice(1)) } catch { /* not one of ours */ }
  const row = rowOf.get(id)
  show(row)
  if (row !== undefined) items[row].scrollIntoView({ block: 'nearest' })
}
addEventListener('hashchange', follow)

let texts
const filter = () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean)
  texts ??= revisions.map(({ id, message, labels, path, blocks }) =>
    [id, message, ...labels, path, ...blocks.map(({ text }) => text)].join('\n').toLowerCase())
  let count = 0
  items.forEach((item, row) => {
    item.hidden = !words.every((word) => texts[row].includes(word))
    count += !item.hidden
  })
  nav.classList.toggle('filtered', words.length > 0)
  found.value = words.length ? `${count} found` : ''
  document.getElementById('none').hidden = count > 0 || !words.length
  if (!words.length && chosen !== undefined) items[chosen].scrollIntoView({ block: 'nearest' })
}
search.addEventListener('input', filter)

const step = (from, by) => {
  let row = from + by
  while (items[row]?.hidden) row += by
  return items[row]?.firstChild
}
addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  const row = items.findIndex((item) => item.firstChild === document.activeElement)
  if (by && (row >= 0 || (event.target === search && by > 0))) {
    step(row, by)?.focus()
    event.preventDefault()
  } else if (event.key === '/' && event.target !== search) {
    search.select()
    event.preventDefault()
  } else if (event.key === 'Escape' && search.value) {
    search.value = ''
    filter()
  }
})

follow()
if (search.value) filter()
