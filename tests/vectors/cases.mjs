// What a checker of vectors must be shown to fail on.

// The same case with the opposite verdict.
export function turned(c) {
  if (typeof c.expected_valid === 'boolean') return { ...c, expected_valid: !c.expected_valid }
  if (c.type === 'generate') return { ...c, expected_payload: { ...c.expected_payload, iat: 0 } }
  return { ...c, input: { account_sid: `AC${'1'.repeat(32)}`, api_key_sid: `SK${'2'.repeat(32)}`, api_key_secret: 'x', identity: 'u', ttl: 60, now_unix: 1 } }
}

// No case at all, or none that can be run.
export const damaged = [7, {}, { id: 'a', type: 'dance' }, { auth_token: 'x' }, { type: 'verify' }, { type: '€'.repeat(99) }, { type: `x${'€'.repeat(99)}` }, { type: 'generate' },
  { public_key_base64: 'x' }, { public_key_base64: 'x', body: 'y', headers: [] }, { auth_token: 'x', configured_public_base_url: '', request: {} }]
