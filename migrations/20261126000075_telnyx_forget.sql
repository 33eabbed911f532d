-- A user's credential is deleted at Telnyx when the user or the provider goes: gateway, which deletes the provider's row,
-- tells token-issuer which there were.

-- migrate:up
grant select on telnyx_credentials to voip_gateway;
grant delete on telnyx_credentials to voip_token;

-- migrate:down
revoke select on telnyx_credentials from voip_gateway;
revoke delete on telnyx_credentials from voip_token;
