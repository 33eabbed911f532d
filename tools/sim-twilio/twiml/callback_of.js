// { url, method, events } of the attributes NAME, NAMEMethod, NAMEEvent; null when there is no URL.
export function callbackOf(attributes, name, events) {
  const url = attributes[name]
  if (!url) return null
  const asked = attributes[`${name}Event`]?.split(/\s+/).filter(Boolean)
  return { url, method: attributes[`${name}Method`] ?? 'POST', events: new Set(asked?.length ? asked : events) }
}
