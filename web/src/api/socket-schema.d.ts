// Made by `npm run types`; do not edit.
export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Chosen by the client; comes back in the reply */
        RequestId: string;
        /** Format: uuid */
        Uuid: string;
        /** @description The browser's offer */
        SdpOffer: string;
        /** Format: date-time */
        Time: string;
        /** Format: date-time */
        MaybeTime: string | null;
        /** @enum {string} */
        EntityType: "person" | "lead" | "deal";
        /** @enum {string} */
        Direction: "inbound" | "outbound";
        /** @enum {string} */
        CallStatus: "initiated" | "ringing" | "in-progress" | "completed" | "failed" | "busy" | "no-answer" | "canceled";
        Contact: {
            type: components["schemas"]["EntityType"];
            id: components["schemas"]["Uuid"];
            name: string;
            company: string | null;
        };
        Call: {
            id: components["schemas"]["Uuid"];
            /** @description Grows by one a change */
            version: number;
            direction: components["schemas"]["Direction"];
            status: components["schemas"]["CallStatus"];
            /** @description Empty when withheld */
            from_number: string;
            to_number: string;
            contact: components["schemas"]["Contact"] | null;
            started_at: components["schemas"]["Time"];
            answered_at: components["schemas"]["MaybeTime"];
            ended_at: components["schemas"]["MaybeTime"];
            /** @description Talking time in seconds */
            duration: number;
            /** @enum {string|null} */
            hangup_by: "agent" | "customer" | "system" | null;
            /** @description Stable word: busy, trunk_down, destination_forbidden ... */
            cause: string | null;
            /** @description The same for a person */
            message: string | null;
            /** @description The tab that has the audio; null while it rings */
            session: string | null;
            /** @description This socket has the audio */
            mine: boolean;
            held: boolean;
            recording: boolean;
            early_media: boolean;
            /** @description Outbound, but the tabs ring first: answer it to dial */
            click_to_call: boolean;
            /** @description Which of our numbers was called */
            did: string | null;
            /** Format: uuid */
            user_id: string | null;
            user_name: string | null;
            /**
             * @description Its audio is in this carrier's own phone in the page; null: in our WebRTC connection
             * @enum {string|null}
             */
            driver: "twilio" | "telnyx" | null;
            /**
             * Format: uuid
             * @description Of the carrier, with driver
             */
            provider_id: string | null;
        };
        Dial: {
            /** @constant */
            type: "call.dial";
            id: components["schemas"]["RequestId"];
            /** @description As typed */
            to: string;
            sdp: components["schemas"]["SdpOffer"];
            /** @description A repeat gets the same call and dials nothing */
            idempotency_key: string;
            entity_type?: components["schemas"]["EntityType"];
            entity_id?: string;
            /** @description Wish for the number shown */
            from?: string;
        };
        /** @description Without `sdp` for a call with a `driver`; the tab that gets ok takes the carrier's leg */
        Answer: {
            /** @constant */
            type: "call.answer";
            id: components["schemas"]["RequestId"];
            call_id: components["schemas"]["Uuid"];
            sdp?: components["schemas"]["SdpOffer"];
        };
        Attach: {
            /** @constant */
            type: "call.attach";
            id: components["schemas"]["RequestId"];
            call_id: components["schemas"]["Uuid"];
            sdp: components["schemas"]["SdpOffer"];
        };
        Decline: {
            /** @constant */
            type: "call.decline";
            id: components["schemas"]["RequestId"];
            call_id: components["schemas"]["Uuid"];
        };
        Hangup: {
            /** @constant */
            type: "call.hangup";
            id: components["schemas"]["RequestId"];
            call_id: components["schemas"]["Uuid"];
        };
        Hold: {
            /** @constant */
            type: "call.hold";
            id: components["schemas"]["RequestId"];
            call_id: components["schemas"]["Uuid"];
        };
        Unhold: {
            /** @constant */
            type: "call.unhold";
            id: components["schemas"]["RequestId"];
            call_id: components["schemas"]["Uuid"];
        };
        Dtmf: {
            /** @constant */
            type: "call.dtmf";
            id: components["schemas"]["RequestId"];
            call_id: components["schemas"]["Uuid"];
            digits: string;
        };
        Ping: {
            /** @constant */
            type: "ping";
            id: components["schemas"]["RequestId"];
        };
        Hello: {
            /** @constant */
            type: "hello";
            /** @description This socket, as in `Call.session` */
            session: string;
            user: {
                id: components["schemas"]["Uuid"];
                name: string;
                email: string;
            };
            /** @description This user's live calls */
            calls: components["schemas"]["Call"][];
            server_time: components["schemas"]["Time"];
        };
        Reply: {
            /** @constant */
            type: "reply";
            /** @description Null when the request's id could not be read */
            id: string | null;
            ok: boolean;
            call_id?: components["schemas"]["Uuid"];
            status?: components["schemas"]["CallStatus"];
            /** @description The answer to the offer of call.answer or call.attach */
            sdp?: string;
            /**
             * @description Stable word. Of the gateway: bad_json, bad_message, unknown_type, forbidden, too_many, unavailable, timeout.
             *     Of the call: invalid_number, emergency_number, destination_forbidden, no_active_provider, trunk_down, not_found, already_answered,
             *     wrong_state, bad_sdp ...
             */
            error?: string;
            /** @description The same for a person */
            message?: string;
        };
        CallMedia: {
            /** @constant */
            type: "call.media";
            call_id: components["schemas"]["Uuid"];
            sdp: string;
        };
        CallChanged: {
            /** @constant */
            type: "call.changed";
            call: components["schemas"]["Call"];
        };
        CallQuality: {
            /** @constant */
            type: "call.quality";
            call_id: components["schemas"]["Uuid"];
            mos: number;
            lost_permille: number;
            jitter_ms: number;
            rtt_ms: number;
        };
        DtmfReceived: {
            /** @constant */
            type: "call.dtmf";
            call_id: components["schemas"]["Uuid"];
            digit: string;
        };
        ProvidersChanged: {
            /** @constant */
            type: "providers.changed";
        };
        ContactChanged: {
            /** @constant */
            type: "contact.changed";
            contact: {
                type: components["schemas"]["EntityType"];
                id: components["schemas"]["Uuid"];
            };
        };
        RecordingStored: {
            /** @constant */
            type: "recording.stored";
            call_id: components["schemas"]["Uuid"];
            recording_id: components["schemas"]["Uuid"];
            duration_ms: number;
            /** @enum {string} */
            format: "ogg" | "wav";
        };
        Bye: {
            /** @constant */
            type: "bye";
            /** @enum {string} */
            reason: "signed_out" | "draining";
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
