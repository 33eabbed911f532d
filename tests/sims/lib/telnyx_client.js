// The official REST client and webhook verifier, led to the simulator by their own options.
import Telnyx from 'telnyx'

export const telnyxClient = ({ api, api_key, public_key }, more = {}) =>
  new Telnyx({ apiKey: api_key, publicKey: public_key, baseURL: api, maxRetries: 0, ...more })

// The event, as the official verifier lets it through; throws when it does not.
export const believed = (client, { body, headers }) => client.webhooks.unwrap(body, { headers })
