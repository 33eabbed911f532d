// Made by `npm run types`; do not edit.
export interface paths {
    "/api/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open a session
         * @description Sets the session cookie. After several wrong passwords the address and the account wait (429 with `Retry-After`).
         */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End the session */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who am I, and what may I do */
        get: operations["me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/voip/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A short-lived token for a softphone
         * @description What the active provider's SDK logs in with, by provider: twilio an access token, telnyx a login token of this user's credential, sip the ticket. `ticket` opens the WebSocket once (`/api/voip/ws?ticket=…`). Another provider's, which stands by, is named in the body.
         */
        post: operations["issueToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/voip/client-config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everything a softphone needs to start, a token included */
        get: operations["clientConfig"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/voip/calls/outbound": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call a number
         * @description The caller's own tabs ring first; the number is dialled when one of them answers.
         */
        post: operations["placeCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/voip/calls/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Calls, newest first
         * @description Own calls; with the permission `voip.all_calls` those of everybody.
         */
        get: operations["callHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/voip/calls/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One call */
        get: operations["getCall"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/voip/calls/{id}/hangup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a call
         * @description One's own; with `voip.all_calls` anybody's. A call that is over stays as it is.
         */
        post: operations["hangUpCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/voip/contacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Persons, leads and deals by name or number
         * @description Without `search` all of them, by name. Words find names that begin with them, then those whose last word
         *     begins with the last of them while the others begin words too; when there are none, names that hold all
         *     of them anywhere (one page). A number finds by the whole number, by its beginning (`+1415`) or its last
         *     digits; such an answer is one page.
         */
        get: operations["searchContacts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/voip/persons": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Create a person */
        post: operations["createPerson"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/voip/persons/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        /** One person */
        get: operations["getPerson"];
        /** Replace a person; what is not named becomes empty */
        put: operations["replacePerson"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change the named fields of a person */
        patch: operations["changePerson"];
        trace?: never;
    };
    "/api/voip/leads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Create a lead */
        post: operations["createLead"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/voip/leads/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        /** One lead */
        get: operations["getLead"];
        /** Replace a lead; what is not named becomes empty */
        put: operations["replaceLead"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change the named fields of a lead */
        patch: operations["changeLead"];
        trace?: never;
    };
    "/api/voip/deals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Create a deal */
        post: operations["createDeal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/voip/deals/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        /** One deal */
        get: operations["getDeal"];
        /** Replace a deal; what is not named becomes empty */
        put: operations["replaceDeal"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change the named fields of a deal */
        patch: operations["changeDeal"];
        trace?: never;
    };
    "/api/voip/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Store many contacts at once
         * @description A JSON array of rows, or CSV (RFC 4180, UTF-8, first line names the columns; comma, semicolon or tab).
         *     Columns: `type` (person, lead, deal; else the parameter), `name`, `phone` (several separated by `;` or `|`),
         *     `mobile`, `home`, `email`, `company`, `title`, `status`, `stage`, `amount`, `currency`, `external_id`.
         *     At most 5,000 rows and 1 MiB. Every valid row is stored; every other row is named in `errors` with its number
         *     (the first row after the header is 1). A row whose `external_id` is known changes that contact, so that an
         *     import can be repeated. Text that a spreadsheet would run as a formula is refused.
         */
        post: operations["importContacts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/voip/recordings/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The audio, agent left, customer right
         * @description Answers `Range` with 206. With `download=1` a browser saves it (needs `voip.recordings.download`).
         */
        get: operations["getRecording"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/voip/recordings/{id}/peaks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The waveform, for a player to draw before the audio is there */
        get: operations["getPeaks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/voip/drivers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What kinds of providers there are, and what each has to be told */
        get: operations["listDrivers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/voip/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Providers in the order they were made */
        get: operations["listProviders"];
        put?: never;
        /**
         * Create a provider
         * @description A provider of driver sip gets its first trunk from the same settings.
         */
        post: operations["createProvider"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/voip/providers/mass-destroy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Delete several providers, all or none */
        post: operations["deleteProviders"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/voip/providers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        /** One provider */
        get: operations["getProvider"];
        /**
         * Change what is named; the rest, secrets above all, stays
         * @description A blank secret keeps the stored one, null takes it out; with another server or a less safe connection it must be sent again. The driver cannot change.
         */
        put: operations["replaceProvider"];
        post?: never;
        /** Delete a provider and its trunks */
        delete: operations["deleteProvider"];
        options?: never;
        head?: never;
        /**
         * Change what is named; the rest, secrets above all, stays
         * @description A blank secret keeps the stored one, null takes it out; with another server or a less safe connection it must be sent again. The driver cannot change.
         */
        patch: operations["changeProvider"];
        trace?: never;
    };
    "/admin/voip/providers/{id}/activate": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let it carry new calls instead of the active one */
        post: operations["activateProvider"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/voip/providers/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask the carrier whether it works, step by step */
        post: operations["testProvider"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/voip/providers/{id}/provision": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set up at the carrier what calls need; may be repeated */
        post: operations["provisionProvider"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/voip/trunks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** SIP trunks in the order they were made */
        get: operations["listTrunks"];
        put?: never;
        /** Create a trunk of a SIP provider */
        post: operations["createTrunk"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/voip/trunks/mass-destroy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Delete several trunks, all or none */
        post: operations["deleteTrunks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/voip/trunks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        /** One trunk */
        get: operations["getTrunk"];
        /** Change what is named; the rest stays */
        put: operations["replaceTrunk"];
        post?: never;
        /** Delete a trunk */
        delete: operations["deleteTrunk"];
        options?: never;
        head?: never;
        /** Change what is named; the rest stays */
        patch: operations["changeTrunk"];
        trace?: never;
    };
    "/admin/voip/debug/trunks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How each trunk is, as every call-controller sees it */
        get: operations["debugTrunks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/voip/debug/vectors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The carriers' test vectors through the code of this build
         * @description Webhook signatures of Twilio and Telnyx and Twilio's access tokens, with the verdicts of the carriers' own libraries. It uses no account and keeps nothing; `voip debug check-vectors FILE` does the same on the command line.
         */
        post: operations["debugVectors"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Error: {
            /** @description Stable word */
            error: string;
            /** @description For a person: what is wrong and what to do */
            message: string;
            /** @description Sentence by field, for a form */
            fields?: {
                [key: string]: string;
            };
        };
        /** @enum {string} */
        Direction: "inbound" | "outbound";
        /** @enum {string} */
        CallStatus: "initiated" | "ringing" | "in-progress" | "completed" | "failed" | "busy" | "no-answer" | "canceled";
        /** @enum {string} */
        ContactType: "person" | "lead" | "deal";
        /** Format: date-time */
        Time: string;
        /** Format: date-time */
        MaybeTime: string | null;
        MaybeText: string | null;
        LoginRequest: {
            email: string;
            password: string;
        };
        User: {
            /** Format: uuid */
            id: string;
            email: string;
            name: string;
            locale: string;
            timezone: string;
            roles: string[];
            /** @description Sorted, such as `voip.calls.initiate` */
            permissions: string[];
        };
        Org: {
            /** Format: uuid */
            id: string;
            name: string;
            /** @description How a number without country code is read */
            default_region: string;
            timezone: string;
        };
        Me: {
            /** @constant */
            success: true;
            user: components["schemas"]["User"];
            org: components["schemas"]["Org"];
            /** @description For `X-CSRF-Token`; null with an API token */
            csrf_token: string | null;
        };
        IceServer: {
            urls: string[];
            username?: string;
            credential?: string;
        };
        /** @enum {string} */
        Driver: "sip" | "twilio" | "telnyx";
        ClientToken: {
            provider: components["schemas"]["Driver"];
            /** Format: uuid */
            provider_id: string;
            /** @description For the provider's SDK; sip: the ticket */
            token: string;
            /** @description How the provider knows this user */
            identity: string;
            display_name: string;
            /** @description Opens `ws_url` once, whatever the provider */
            ticket: string;
            /** @description Add `?ticket=` and the ticket, or use the session cookie */
            ws_url: string;
            /**
             * @description twilio: option of its Device
             * @example roaming
             */
            edge?: string;
            /** @description telnyx: the credential connection */
            connection_id?: string;
            /** @description where the carrier's phone connects to instead of the carrier, a simulator: wss://127.0.0.1:5091 */
            phone_base?: string;
            /**
             * @description sip
             * @example sip:user@crm.example
             */
            uri?: string;
            /** @description sip: the gateway; the trunk itself is never shown */
            sip_server?: string;
            /** @description sip */
            sip_port?: number;
            /** @description sip */
            username?: string;
            /** @description sip: a trunk's password never leaves the server */
            password?: null;
            /**
             * @description sip
             * @enum {string}
             */
            transport?: "ws" | "wss";
            ice_servers: components["schemas"]["IceServer"][];
            /** @description Unix seconds */
            expires_at: number;
            /** @description Seconds from now */
            expires_in: number;
        };
        ClientConfig: {
            provider: components["schemas"]["Driver"];
            /** Format: uuid */
            provider_id: string;
            /** @description For the provider's SDK; sip: the ticket; empty while the carrier gives none, which POST /api/voip/token explains */
            token: string;
            /** @description How the provider knows this user */
            identity: string;
            display_name: string;
            /** @description Opens `ws_url` once, whatever the provider */
            ticket: string;
            /** @description Add `?ticket=` and the ticket, or use the session cookie */
            ws_url: string;
            /**
             * @description twilio: option of its Device
             * @example roaming
             */
            edge?: string;
            /** @description telnyx: the credential connection */
            connection_id?: string;
            /** @description where the carrier's phone connects to instead of the carrier, a simulator: wss://127.0.0.1:5091 */
            phone_base?: string;
            /**
             * @description sip
             * @example sip:user@crm.example
             */
            uri?: string;
            /** @description sip: the gateway; the trunk itself is never shown */
            sip_server?: string;
            /** @description sip */
            sip_port?: number;
            /** @description sip */
            username?: string;
            /** @description sip: a trunk's password never leaves the server */
            password?: null;
            /**
             * @description sip
             * @enum {string}
             */
            transport?: "ws" | "wss";
            ice_servers: components["schemas"]["IceServer"][];
            /** @description Unix seconds */
            expires_at: number;
            /** @description Seconds from now */
            expires_in: number;
            /** @example /api/voip/ws */
            ws_path: string;
            default_region: string;
            recording_enabled: boolean;
            /** @description What the active driver can do; a button of another thing is greyed */
            capabilities: ("dial" | "answer" | "hangup" | "mute" | "dtmf" | "hold" | "transfer" | "conference" | "attach")[];
            /** @description Carriers whose own phone the page signs in to, each with a token of its own; the active one first */
            phones: {
                /** Format: uuid */
                provider_id: string;
                /** @enum {string} */
                driver: "twilio" | "telnyx";
            }[];
            /** @description Which numbers this user's calls may show, the own ones first */
            numbers: {
                number: string;
                label: components["schemas"]["MaybeText"];
                own: boolean;
            }[];
        };
        PlaceCallRequest: {
            /** @example +15551234567 */
            to_number: string;
            entity_type?: components["schemas"]["ContactType"];
            /** @description Our id */
            entity_id?: string | number;
            /** @description Wish; one of the organisation's numbers */
            from_number?: string;
            /** @description The same as the header */
            idempotency_key?: string;
        };
        PlacedCall: {
            /** @example Call initiated */
            message: string;
            sid: string;
            /** Format: uuid */
            call_id: string;
            status: components["schemas"]["CallStatus"];
        };
        ContactRef: {
            type: components["schemas"]["ContactType"];
            /** Format: uuid */
            id: string;
            name: string;
            company: components["schemas"]["MaybeText"];
        };
        RecordingRef: {
            /**
             * Format: uuid
             * @description Audio: `/api/voip/recordings/{id}`
             */
            id: string;
            /**
             * @description open: still being made
             * @enum {string}
             */
            state: "open" | "stored" | "failed";
            /** @enum {string} */
            format: "ogg" | "wav" | "mp3";
            /** @description Seconds */
            duration: number;
            duration_ms: number;
            bytes: number;
            /** @description Why it failed; of a stored one, what is to be known of it */
            error: string | null;
        };
        Call: {
            /** Format: uuid */
            id: string;
            /** @description The provider's id of the call; ours where there is none */
            sid: string;
            direction: components["schemas"]["Direction"];
            status: components["schemas"]["CallStatus"];
            /** @description As it was when they spoke; null when unknown */
            contact_name: string | null;
            /** @description The other side's number; empty when withheld */
            phone_number: string;
            from_number: string;
            to_number: string;
            /** @description Which of our numbers was called; empty for outbound */
            did: string;
            /** @description Talking time in seconds */
            duration: number;
            started_at: components["schemas"]["Time"];
            answered_at: components["schemas"]["MaybeTime"];
            ended_at: components["schemas"]["MaybeTime"];
            created_at: components["schemas"]["Time"];
            contact: components["schemas"]["ContactRef"] | null;
            /** Format: uuid */
            user_id: string | null;
            user_name: string | null;
            recording: components["schemas"]["RecordingRef"] | null;
            /** @description Stable word for why it ended or failed: `busy`, `trunk_down` */
            cause: string | null;
            /** @description The same for a person */
            message: string | null;
            hangup_by: ("agent" | "customer" | "system") | null;
            click_to_call: boolean;
        };
        CallLeg: {
            leg: number;
            /** @enum {string} */
            kind: "agent" | "customer" | "consultation" | "supervisor";
            codec: components["schemas"]["MaybeText"];
            srtp_profile: components["schemas"]["MaybeText"];
            sip_status: number;
            started_at: components["schemas"]["Time"];
            answered_at: components["schemas"]["MaybeTime"];
            ended_at: components["schemas"]["MaybeTime"];
        };
        CallDetail: {
            /** Format: uuid */
            id: string;
            /** @description The provider's id of the call; ours where there is none */
            sid: string;
            direction: components["schemas"]["Direction"];
            status: components["schemas"]["CallStatus"];
            /** @description As it was when they spoke; null when unknown */
            contact_name: string | null;
            /** @description The other side's number; empty when withheld */
            phone_number: string;
            from_number: string;
            to_number: string;
            /** @description Which of our numbers was called; empty for outbound */
            did: string;
            /** @description Talking time in seconds */
            duration: number;
            started_at: components["schemas"]["Time"];
            answered_at: components["schemas"]["MaybeTime"];
            ended_at: components["schemas"]["MaybeTime"];
            created_at: components["schemas"]["Time"];
            contact: components["schemas"]["ContactRef"] | null;
            /** Format: uuid */
            user_id: string | null;
            user_name: string | null;
            recording: components["schemas"]["RecordingRef"] | null;
            /** @description Stable word for why it ended or failed: `busy`, `trunk_down` */
            cause: string | null;
            /** @description The same for a person */
            message: string | null;
            hangup_by: ("agent" | "customer" | "system") | null;
            click_to_call: boolean;
            trunk_name: components["schemas"]["MaybeText"];
            /** @description Last SIP status of the trunk leg; 0 when there was none */
            sip_status: number;
            mos: number | null;
            legs: components["schemas"]["CallLeg"][];
        };
        CallPage: {
            /** @constant */
            success: true;
            data: components["schemas"]["Call"][];
            next: components["schemas"]["MaybeText"];
        };
        Contact: {
            /** Format: uuid */
            id: string;
            name: string;
            /** @description The primary number */
            phone: string | null;
            email: components["schemas"]["MaybeText"];
            company: components["schemas"]["MaybeText"];
            type: components["schemas"]["ContactType"];
            /**
             * Format: uuid
             * @description The lead itself, or the lead of a deal
             */
            lead_id?: string;
            numbers: components["schemas"]["Number"][];
        };
        ContactPage: {
            /** @constant */
            success: true;
            data: components["schemas"]["Contact"][];
            next: components["schemas"]["MaybeText"];
        };
        Number: {
            /** @description E.164 */
            number: string;
            /**
             * @example work
             * @example mobile
             * @example home
             */
            label: string;
            primary: boolean;
        };
        /** @description As typed; the first is the primary one unless another says so */
        NumberInput: string | {
            number: string;
            label?: string;
            primary?: boolean;
        };
        Person: {
            /** Format: uuid */
            id: string;
            /** @constant */
            type: "person";
            name: string;
            phone: components["schemas"]["MaybeText"];
            numbers: components["schemas"]["Number"][];
            email: components["schemas"]["MaybeText"];
            company: components["schemas"]["MaybeText"];
            external_id: components["schemas"]["MaybeText"];
            owner_id: components["schemas"]["MaybeText"];
            created_at: components["schemas"]["Time"];
            updated_at: components["schemas"]["Time"];
        };
        PersonAnswer: {
            /** @constant */
            success: true;
            data: components["schemas"]["Person"];
        };
        PersonInput: {
            name: string;
            /** @description The primary number; alone, it replaces all numbers */
            phone?: string | null;
            numbers?: components["schemas"]["NumberInput"][];
            email?: string | null;
            company?: string | null;
            /** @description Id in the CRM */
            external_id?: string | number | null;
            /**
             * Format: uuid
             * @description A user
             */
            owner_id?: string | null;
        };
        PersonChange: {
            name?: string;
            /** @description The primary number; alone, it replaces all numbers */
            phone?: string | null;
            numbers?: components["schemas"]["NumberInput"][];
            email?: string | null;
            company?: string | null;
            /** @description Id in the CRM */
            external_id?: string | number | null;
            /**
             * Format: uuid
             * @description A user
             */
            owner_id?: string | null;
        };
        Lead: {
            /** Format: uuid */
            id: string;
            /** @constant */
            type: "lead";
            name: string;
            phone: components["schemas"]["MaybeText"];
            numbers: components["schemas"]["Number"][];
            email: components["schemas"]["MaybeText"];
            company: components["schemas"]["MaybeText"];
            external_id: components["schemas"]["MaybeText"];
            owner_id: components["schemas"]["MaybeText"];
            title: components["schemas"]["MaybeText"];
            status: string;
            person_id: components["schemas"]["MaybeText"];
            created_at: components["schemas"]["Time"];
            updated_at: components["schemas"]["Time"];
        };
        LeadAnswer: {
            /** @constant */
            success: true;
            data: components["schemas"]["Lead"];
        };
        LeadInput: {
            name: string;
            /** @description The primary number; alone, it replaces all numbers */
            phone?: string | null;
            numbers?: components["schemas"]["NumberInput"][];
            email?: string | null;
            company?: string | null;
            /** @description Id in the CRM */
            external_id?: string | number | null;
            /**
             * Format: uuid
             * @description A user
             */
            owner_id?: string | null;
            /** @description What they want */
            title?: string | null;
            status?: string;
            /** Format: uuid */
            person_id?: string | null;
        };
        LeadChange: {
            name?: string;
            /** @description The primary number; alone, it replaces all numbers */
            phone?: string | null;
            numbers?: components["schemas"]["NumberInput"][];
            email?: string | null;
            company?: string | null;
            /** @description Id in the CRM */
            external_id?: string | number | null;
            /**
             * Format: uuid
             * @description A user
             */
            owner_id?: string | null;
            /** @description What they want */
            title?: string | null;
            status?: string;
            /** Format: uuid */
            person_id?: string | null;
        };
        Deal: {
            /** Format: uuid */
            id: string;
            /** @constant */
            type: "deal";
            name: string;
            phone: components["schemas"]["MaybeText"];
            numbers: components["schemas"]["Number"][];
            email: components["schemas"]["MaybeText"];
            company: components["schemas"]["MaybeText"];
            external_id: components["schemas"]["MaybeText"];
            owner_id: components["schemas"]["MaybeText"];
            /** @description Decimal, as text so that no cent is lost */
            amount: string | null;
            currency: components["schemas"]["MaybeText"];
            stage: string;
            lead_id: components["schemas"]["MaybeText"];
            person_id: components["schemas"]["MaybeText"];
            created_at: components["schemas"]["Time"];
            updated_at: components["schemas"]["Time"];
        };
        DealAnswer: {
            /** @constant */
            success: true;
            data: components["schemas"]["Deal"];
        };
        DealInput: {
            name: string;
            /** @description The primary number; alone, it replaces all numbers */
            phone?: string | null;
            numbers?: components["schemas"]["NumberInput"][];
            email?: string | null;
            company?: string | null;
            /** @description Id in the CRM */
            external_id?: string | number | null;
            /**
             * Format: uuid
             * @description A user
             */
            owner_id?: string | null;
            /** @description At most two decimals */
            amount?: number | string | null;
            currency?: string | null;
            stage?: string;
            /** Format: uuid */
            lead_id?: string | null;
            /** Format: uuid */
            person_id?: string | null;
        };
        DealChange: {
            name?: string;
            /** @description The primary number; alone, it replaces all numbers */
            phone?: string | null;
            numbers?: components["schemas"]["NumberInput"][];
            email?: string | null;
            company?: string | null;
            /** @description Id in the CRM */
            external_id?: string | number | null;
            /**
             * Format: uuid
             * @description A user
             */
            owner_id?: string | null;
            /** @description At most two decimals */
            amount?: number | string | null;
            currency?: string | null;
            stage?: string;
            /** Format: uuid */
            lead_id?: string | null;
            /** Format: uuid */
            person_id?: string | null;
        };
        /** @description Unknown columns are refused by name, so that a misspelt one is noticed */
        ImportRow: {
            type?: components["schemas"]["ContactType"];
            name: string;
            /** @description Several separated by `;` or `|` */
            phone?: string | null;
            mobile?: components["schemas"]["MaybeText"];
            home?: components["schemas"]["MaybeText"];
            email?: components["schemas"]["MaybeText"];
            company?: components["schemas"]["MaybeText"];
            title?: components["schemas"]["MaybeText"];
            status?: components["schemas"]["MaybeText"];
            stage?: components["schemas"]["MaybeText"];
            amount?: string | number | null;
            currency?: components["schemas"]["MaybeText"];
            external_id?: string | number | null;
        };
        ImportResult: {
            /** @description False when every row was refused */
            success: boolean;
            rows: number;
            created: number;
            updated: number;
            refused: number;
            errors: {
                row: number;
                field: components["schemas"]["MaybeText"];
                error: string;
                message: string;
            }[];
        };
        PeaksAnswer: {
            /** @constant */
            success: true;
            data: {
                /** Format: uuid */
                id: string;
                duration_ms: number;
                channels: number;
                /** @description A list for each channel, left first: numbers between 0 and 1 */
                peaks: number[][];
            };
        };
        Message: {
            message: string;
        };
        Deleted: {
            message: string;
            /** @description How many were there and are gone */
            deleted: number;
        };
        Indices: {
            indices: string[];
        };
        /** @enum {string} */
        Capability: "dial" | "receive" | "hold" | "dtmf" | "transfer" | "conference" | "record" | "reattach";
        DriverField: {
            key: string;
            label: string;
            help: string;
            /** @enum {string} */
            kind: "text" | "number" | "phone" | "host" | "choice" | "bool" | "lines";
            required: boolean;
            /** @description Write-only: answers say whether it is set, and its last four characters */
            secret: boolean;
            /** @description Of a choice; else empty */
            choices: string[];
            default: components["schemas"]["MaybeText"];
            min?: number;
            max?: number;
        };
        DriverInfo: {
            name: components["schemas"]["Driver"];
            label: string;
            capabilities: components["schemas"]["Capability"][];
            fields: components["schemas"]["DriverField"][];
        };
        DriverList: {
            /** @constant */
            success: true;
            data: components["schemas"]["DriverInfo"][];
        };
        SecretHint: {
            set: boolean;
            last4?: string;
        };
        /**
         * @description Of the first trunk; unknown: nobody told of late, or it has none
         * @enum {string}
         */
        Health: "up" | "down" | "unknown";
        Provider: {
            /** Format: uuid */
            id: string;
            name: string;
            driver: components["schemas"]["Driver"];
            /** @description It carries new calls; one of all is */
            is_active: boolean;
            /** @description Lower is tried first when the active one is away */
            priority: number;
            version: number;
            /** @description Settings by key; of a secret only that it is set */
            config: {
                [key: string]: string | components["schemas"]["SecretHint"];
            };
            /** @description The first trunk of a SIP provider */
            trunk_id: string | null;
            health: components["schemas"]["Health"];
            last_test_at: components["schemas"]["Time"] | null;
            last_test_ok: boolean | null;
            created_at: components["schemas"]["Time"];
            updated_at: components["schemas"]["Time"];
        };
        ProviderAnswer: {
            /** @constant */
            success: true;
            message?: string;
            data: components["schemas"]["Provider"];
        };
        ProviderPage: {
            /** @constant */
            success: true;
            data: components["schemas"]["Provider"][];
            next: components["schemas"]["MaybeText"];
        };
        /** @description By the keys of the driver; a blank secret keeps what is stored, null takes a setting out */
        ProviderSettings: {
            [key: string]: string | number | boolean | null | Record<string, never>;
        };
        ProviderInput: {
            name: string;
            driver: components["schemas"]["Driver"];
            priority?: number;
            config?: components["schemas"]["ProviderSettings"];
        };
        ProviderChange: {
            name?: string;
            driver?: components["schemas"]["Driver"];
            priority?: number;
            config?: components["schemas"]["ProviderSettings"];
            /** @description The one that was read; 409 when another is stored */
            version?: number;
        };
        ReportStep: {
            /** @enum {string} */
            name: "config" | "dns" | "connect" | "options" | "register" | "account" | "api_key" | "application" | "credentials" | "number" | "public_key" | "webhook";
            ok: boolean;
            /** @description What was found */
            message: string;
            /** @description The way out; empty when it is ok */
            hint: string;
        };
        Report: {
            success: boolean;
            message: string;
            steps: components["schemas"]["ReportStep"][];
        };
        TrunkFields: {
            name?: string;
            /** @description Empty: it only takes calls */
            host?: string;
            /** @description 0 asks DNS (SRV) */
            port?: number;
            /** @enum {string} */
            transport?: "udp" | "tcp" | "tls";
            outbound_proxy?: components["schemas"]["MaybeText"];
            /** @enum {string} */
            auth_method?: "username_password" | "ip_auth";
            sip_username?: components["schemas"]["MaybeText"];
            auth_username?: components["schemas"]["MaybeText"];
            from_domain?: components["schemas"]["MaybeText"];
            realm?: components["schemas"]["MaybeText"];
            register?: boolean;
            register_expires?: number;
            allowed_ips?: string[];
            codecs?: ("PCMU" | "PCMA" | "opus")[];
            /** @enum {string} */
            srtp?: "off" | "optional" | "required";
            /** @enum {string} */
            number_format_out?: "e164" | "e164_no_plus" | "00" | "national";
            /** @enum {string} */
            number_format_in?: "e164" | "e164_no_plus" | "00" | "national";
            tech_prefix?: string;
            caller_id?: components["schemas"]["MaybeText"];
            /** @enum {string} */
            caller_id_header?: "from" | "pai" | "ppi" | "rpid";
            tls_ca?: components["schemas"]["MaybeText"];
            tls_verify?: boolean;
            options_interval_s?: number;
            session_timer?: boolean;
            max_channels?: number | null;
            /** @enum {string} */
            dtmf?: "rfc4733" | "info";
            is_active?: boolean;
            priority?: number;
        };
        Trunk: {
            name: string;
            /** @description Empty: it only takes calls */
            host: string;
            /** @description 0 asks DNS (SRV) */
            port: number;
            /** @enum {string} */
            transport: "udp" | "tcp" | "tls";
            outbound_proxy?: components["schemas"]["MaybeText"];
            /** @enum {string} */
            auth_method?: "username_password" | "ip_auth";
            sip_username?: components["schemas"]["MaybeText"];
            auth_username?: components["schemas"]["MaybeText"];
            from_domain?: components["schemas"]["MaybeText"];
            realm?: components["schemas"]["MaybeText"];
            register?: boolean;
            register_expires?: number;
            allowed_ips?: string[];
            codecs?: ("PCMU" | "PCMA" | "opus")[];
            /** @enum {string} */
            srtp?: "off" | "optional" | "required";
            /** @enum {string} */
            number_format_out?: "e164" | "e164_no_plus" | "00" | "national";
            /** @enum {string} */
            number_format_in?: "e164" | "e164_no_plus" | "00" | "national";
            tech_prefix?: string;
            caller_id?: components["schemas"]["MaybeText"];
            /** @enum {string} */
            caller_id_header?: "from" | "pai" | "ppi" | "rpid";
            tls_ca?: components["schemas"]["MaybeText"];
            tls_verify?: boolean;
            options_interval_s?: number;
            session_timer?: boolean;
            max_channels?: number | null;
            /** @enum {string} */
            dtmf?: "rfc4733" | "info";
            is_active: boolean;
            priority: number;
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            provider_id: string;
            provider_name: string;
            password: components["schemas"]["SecretHint"];
            version: number;
            health: components["schemas"]["Health"];
            created_at: components["schemas"]["Time"];
            updated_at: components["schemas"]["Time"];
        };
        TrunkAnswer: {
            /** @constant */
            success: true;
            data: components["schemas"]["Trunk"];
        };
        TrunkPage: {
            /** @constant */
            success: true;
            data: components["schemas"]["Trunk"][];
            next: components["schemas"]["MaybeText"];
        };
        TrunkInput: {
            name: string;
            /** @description Empty: it only takes calls */
            host?: string;
            /** @description 0 asks DNS (SRV) */
            port?: number;
            /** @enum {string} */
            transport?: "udp" | "tcp" | "tls";
            outbound_proxy?: components["schemas"]["MaybeText"];
            /** @enum {string} */
            auth_method?: "username_password" | "ip_auth";
            sip_username?: components["schemas"]["MaybeText"];
            auth_username?: components["schemas"]["MaybeText"];
            from_domain?: components["schemas"]["MaybeText"];
            realm?: components["schemas"]["MaybeText"];
            register?: boolean;
            register_expires?: number;
            allowed_ips?: string[];
            codecs?: ("PCMU" | "PCMA" | "opus")[];
            /** @enum {string} */
            srtp?: "off" | "optional" | "required";
            /** @enum {string} */
            number_format_out?: "e164" | "e164_no_plus" | "00" | "national";
            /** @enum {string} */
            number_format_in?: "e164" | "e164_no_plus" | "00" | "national";
            tech_prefix?: string;
            caller_id?: components["schemas"]["MaybeText"];
            /** @enum {string} */
            caller_id_header?: "from" | "pai" | "ppi" | "rpid";
            tls_ca?: components["schemas"]["MaybeText"];
            tls_verify?: boolean;
            options_interval_s?: number;
            session_timer?: boolean;
            max_channels?: number | null;
            /** @enum {string} */
            dtmf?: "rfc4733" | "info";
            is_active?: boolean;
            priority?: number;
            /** Format: uuid */
            provider_id: string;
            password?: string | null;
        };
        TrunkChange: {
            name?: string;
            /** @description Empty: it only takes calls */
            host?: string;
            /** @description 0 asks DNS (SRV) */
            port?: number;
            /** @enum {string} */
            transport?: "udp" | "tcp" | "tls";
            outbound_proxy?: components["schemas"]["MaybeText"];
            /** @enum {string} */
            auth_method?: "username_password" | "ip_auth";
            sip_username?: components["schemas"]["MaybeText"];
            auth_username?: components["schemas"]["MaybeText"];
            from_domain?: components["schemas"]["MaybeText"];
            realm?: components["schemas"]["MaybeText"];
            register?: boolean;
            register_expires?: number;
            allowed_ips?: string[];
            codecs?: ("PCMU" | "PCMA" | "opus")[];
            /** @enum {string} */
            srtp?: "off" | "optional" | "required";
            /** @enum {string} */
            number_format_out?: "e164" | "e164_no_plus" | "00" | "national";
            /** @enum {string} */
            number_format_in?: "e164" | "e164_no_plus" | "00" | "national";
            tech_prefix?: string;
            caller_id?: components["schemas"]["MaybeText"];
            /** @enum {string} */
            caller_id_header?: "from" | "pai" | "ppi" | "rpid";
            tls_ca?: components["schemas"]["MaybeText"];
            tls_verify?: boolean;
            options_interval_s?: number;
            session_timer?: boolean;
            max_channels?: number | null;
            /** @enum {string} */
            dtmf?: "rfc4733" | "info";
            is_active?: boolean;
            priority?: number;
            /** @description Blank keeps the stored one; with another server or a less safe connection it must be sent again */
            password?: string | null;
            version?: number;
        };
        TrunkHealth: {
            /** Format: uuid */
            id: string;
            name: string;
            host: string;
            port: number;
            transport: string;
            register: boolean;
            is_active: boolean;
            /** Format: uuid */
            provider_id: string;
            provider_name: string;
            provider_active: boolean;
            health: components["schemas"]["Health"];
            nodes: {
                /** @description The call-controller */
                node: string;
                up: boolean;
                registered: boolean;
                /** @description Of its last answer; 0: there was none */
                sip_status: number;
                reason: string;
                /** @description Seconds since it told */
                age_s: number;
            }[];
        };
        TrunkHealthPage: {
            /** @constant */
            success: true;
            data: components["schemas"]["TrunkHealth"][];
            next: components["schemas"]["MaybeText"];
        };
    };
    responses: {
        /** @description Broken JSON, or a parameter that cannot be (`bad_json`, `bad_parameter`, `bad_cursor`) */
        BadRequest: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description Not signed in (`unauthorized`) or wrong password (`wrong_credentials`) */
        Unauthorized: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description Permission missing (`forbidden`), CSRF token or origin wrong (`csrf`), destination not allowed (`destination_forbidden`) */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description No such thing (`not_found`) */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description No active VoIP provider configured (`no_active_provider`), the one that was named is gone (`provider_gone`), it lacks what browser calls need (`provider_incomplete`), or it refused (`provider_refused`) */
        NoProvider: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description Another contact has this external_id (`duplicate`) */
        Conflict: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description Somebody else changed it in the meantime (`changed`); read it again */
        Changed: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description Broken JSON (`bad_json`), or calls need it: the active provider, or its only trunk (`in_use`) */
        InUse: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description A SIP carrier has nothing to set up from here (`not_possible`) */
        NotPossible: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The stored secrets cannot be opened (`secrets_closed`), or the provider was changed meanwhile (`changed`) */
        SecretsClosed: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The call has ended (`wrong_state`) */
        WrongState: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The recording is not stored yet, or failed (`not_ready`, `failed`) */
        NotReady: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The body is over the limit (`too_large`) */
        TooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description Neither application/json nor text/csv (`unsupported_media_type`) */
        WrongType: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description A field is wrong; `fields` says which (`invalid`, `invalid_number`, `emergency_number`) */
        Invalid: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description Too many attempts (`too_many`) */
        TooMany: {
            headers: {
                /** @description Seconds */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description A part is down or starting (`unavailable`, `trunk_down`, `provider_unavailable`); try again */
        Unavailable: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description Nobody answered in time (`timeout`) */
        Timeout: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
    };
    parameters: {
        Id: string;
        /** @description `next` of the page before */
        Cursor: string;
        Limit: number;
        /** @description The `ETag` that was read; without it, and without `version` in the body, the change is made to whatever is stored */
        IfMatch: string;
        /** @description Needed with a session cookie, not with an API token */
        Csrf: string;
    };
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LoginRequest"];
            };
        };
        responses: {
            /** @description Signed in; the cookie is set */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["TooMany"];
            503: components["responses"]["Unavailable"];
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: {
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Signed out; the cookie is cleared and the session's sockets are closed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        success: true;
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
        };
    };
    me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user of this session or token */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            401: components["responses"]["Unauthorized"];
            503: components["responses"]["Unavailable"];
        };
    };
    issueToken: {
        parameters: {
            query?: never;
            header?: {
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * Format: uuid
                     * @description One of `phones` of the client-config; without it the active one
                     */
                    provider_id?: string;
                };
            };
        };
        responses: {
            /** @description The token */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClientToken"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["NoProvider"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooMany"];
            503: components["responses"]["Unavailable"];
        };
    };
    clientConfig: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Settings of this user's softphone */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClientConfig"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["NoProvider"];
            429: components["responses"]["TooMany"];
            503: components["responses"]["Unavailable"];
        };
    };
    placeCall: {
        parameters: {
            query?: never;
            header?: {
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
                /** @description A repeat with the same key gets the first call's answer and dials nothing. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlaceCallRequest"];
            };
        };
        responses: {
            /** @description The call exists */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlacedCall"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["NoProvider"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooMany"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Timeout"];
        };
    };
    callHistory: {
        parameters: {
            query?: {
                direction?: components["schemas"]["Direction"];
                status?: components["schemas"]["CallStatus"];
                /** @description First day, in the zone `tz` */
                date_from?: string;
                /** @description Last day, included */
                date_to?: string;
                /** @description Zone of the days, an IANA name; without it the user's own */
                tz?: string;
                /** @description A number, its last digits (at least four), or part of a contact's name (at least two letters) */
                search?: string;
                /** @description With contact_id */
                contact_type?: components["schemas"]["ContactType"];
                contact_id?: string;
                /** @description Calls of one user; of others only with `voip.all_calls` */
                user_id?: string;
                /** @description `next` of the page before */
                cursor?: components["parameters"]["Cursor"];
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
        };
    };
    getCall: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call with its legs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        success: true;
                        data: components["schemas"]["CallDetail"];
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
        };
    };
    hangUpCall: {
        parameters: {
            query?: never;
            header?: {
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It ends */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        success: true;
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["WrongState"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Timeout"];
        };
    };
    searchContacts: {
        parameters: {
            query?: {
                /** @description Words of a name, or a number, its beginning with +, or its last digits */
                search?: string;
                type?: components["schemas"]["ContactType"];
                /** @description `next` of the page before */
                cursor?: components["parameters"]["Cursor"];
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContactPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
        };
    };
    createPerson: {
        parameters: {
            query?: never;
            header?: {
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PersonInput"];
            };
        };
        responses: {
            /** @description Stored */
            201: {
                headers: {
                    /** @description Path of the new person */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonAnswer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Invalid"];
            503: components["responses"]["Unavailable"];
        };
    };
    getPerson: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The person with all its numbers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonAnswer"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
        };
    };
    replacePerson: {
        parameters: {
            query?: never;
            header?: {
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PersonInput"];
            };
        };
        responses: {
            /** @description Stored */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonAnswer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Invalid"];
            503: components["responses"]["Unavailable"];
        };
    };
    changePerson: {
        parameters: {
            query?: never;
            header?: {
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PersonChange"];
            };
        };
        responses: {
            /** @description Stored */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PersonAnswer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Invalid"];
            503: components["responses"]["Unavailable"];
        };
    };
    createLead: {
        parameters: {
            query?: never;
            header?: {
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LeadInput"];
            };
        };
        responses: {
            /** @description Stored */
            201: {
                headers: {
                    /** @description Path of the new lead */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LeadAnswer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Invalid"];
            503: components["responses"]["Unavailable"];
        };
    };
    getLead: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The lead with all its numbers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LeadAnswer"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
        };
    };
    replaceLead: {
        parameters: {
            query?: never;
            header?: {
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LeadInput"];
            };
        };
        responses: {
            /** @description Stored */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LeadAnswer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Invalid"];
            503: components["responses"]["Unavailable"];
        };
    };
    changeLead: {
        parameters: {
            query?: never;
            header?: {
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LeadChange"];
            };
        };
        responses: {
            /** @description Stored */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LeadAnswer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Invalid"];
            503: components["responses"]["Unavailable"];
        };
    };
    createDeal: {
        parameters: {
            query?: never;
            header?: {
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DealInput"];
            };
        };
        responses: {
            /** @description Stored */
            201: {
                headers: {
                    /** @description Path of the new deal */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DealAnswer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Invalid"];
            503: components["responses"]["Unavailable"];
        };
    };
    getDeal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The deal with all its numbers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DealAnswer"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
        };
    };
    replaceDeal: {
        parameters: {
            query?: never;
            header?: {
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DealInput"];
            };
        };
        responses: {
            /** @description Stored */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DealAnswer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Invalid"];
            503: components["responses"]["Unavailable"];
        };
    };
    changeDeal: {
        parameters: {
            query?: never;
            header?: {
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DealChange"];
            };
        };
        responses: {
            /** @description Stored */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DealAnswer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Invalid"];
            503: components["responses"]["Unavailable"];
        };
    };
    importContacts: {
        parameters: {
            query?: {
                /** @description Of rows that name none */
                type?: components["schemas"]["ContactType"];
            };
            header?: {
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImportRow"][];
                "text/csv": string;
            };
        };
        responses: {
            /** @description What became of the rows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["WrongType"];
            422: components["responses"]["Invalid"];
            503: components["responses"]["Unavailable"];
        };
    };
    getRecording: {
        parameters: {
            query?: {
                download?: "1";
            };
            header?: {
                Range?: string;
            };
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The whole file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/ogg": string;
                    "audio/wav": string;
                    "audio/mpeg": string;
                };
            };
            /** @description The part asked for */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/ogg": string;
                    "audio/wav": string;
                    "audio/mpeg": string;
                };
            };
            /** @description Not modified since the ETag sent */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["NotReady"];
            /** @description No such part */
            416: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            503: components["responses"]["Unavailable"];
        };
    };
    getPeaks: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Peaks of each channel */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PeaksAnswer"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["NotReady"];
            503: components["responses"]["Unavailable"];
        };
    };
    listDrivers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The drivers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DriverList"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
        };
    };
    listProviders: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: components["parameters"]["Cursor"];
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
        };
    };
    createProvider: {
        parameters: {
            query?: never;
            header?: {
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProviderInput"];
            };
        };
        responses: {
            /** @description Stored; `Location` names it */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderAnswer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Invalid"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteProviders: {
        parameters: {
            query?: never;
            header?: {
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Indices"];
            };
        };
        responses: {
            /** @description They are gone */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            400: components["responses"]["InUse"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["Invalid"];
            503: components["responses"]["Unavailable"];
        };
    };
    getProvider: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The provider; `ETag` is its version */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderAnswer"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
        };
    };
    replaceProvider: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that was read; without it, and without `version` in the body, the change is made to whatever is stored */
                "If-Match"?: components["parameters"]["IfMatch"];
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProviderChange"];
            };
        };
        responses: {
            /** @description Stored */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderAnswer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Invalid"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteProvider: {
        parameters: {
            query?: never;
            header?: {
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["InUse"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
        };
    };
    changeProvider: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that was read; without it, and without `version` in the body, the change is made to whatever is stored */
                "If-Match"?: components["parameters"]["IfMatch"];
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProviderChange"];
            };
        };
        responses: {
            /** @description Stored */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderAnswer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Invalid"];
            503: components["responses"]["Unavailable"];
        };
    };
    activateProvider: {
        parameters: {
            query?: never;
            header?: {
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is active */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProviderAnswer"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
        };
    };
    testProvider: {
        parameters: {
            query?: never;
            header?: {
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What each step found; `success` when all are ok */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Report"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["SecretsClosed"];
            429: components["responses"]["TooMany"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Timeout"];
        };
    };
    provisionProvider: {
        parameters: {
            query?: never;
            header?: {
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What each step did; `success` when all are ok */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Report"];
                };
            };
            400: components["responses"]["NotPossible"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["SecretsClosed"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooMany"];
            503: components["responses"]["Unavailable"];
        };
    };
    listTrunks: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: components["parameters"]["Cursor"];
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrunkPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
        };
    };
    createTrunk: {
        parameters: {
            query?: never;
            header?: {
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TrunkInput"];
            };
        };
        responses: {
            /** @description Stored; `Location` names it */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrunkAnswer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Invalid"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteTrunks: {
        parameters: {
            query?: never;
            header?: {
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Indices"];
            };
        };
        responses: {
            /** @description They are gone */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            400: components["responses"]["InUse"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["Invalid"];
            503: components["responses"]["Unavailable"];
        };
    };
    getTrunk: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The trunk; `ETag` is its version */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrunkAnswer"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
        };
    };
    replaceTrunk: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that was read; without it, and without `version` in the body, the change is made to whatever is stored */
                "If-Match"?: components["parameters"]["IfMatch"];
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TrunkChange"];
            };
        };
        responses: {
            /** @description Stored */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrunkAnswer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Invalid"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteTrunk: {
        parameters: {
            query?: never;
            header?: {
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["InUse"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            503: components["responses"]["Unavailable"];
        };
    };
    changeTrunk: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that was read; without it, and without `version` in the body, the change is made to whatever is stored */
                "If-Match"?: components["parameters"]["IfMatch"];
                /** @description Needed with a session cookie, not with an API token */
                "X-CSRF-Token"?: components["parameters"]["Csrf"];
            };
            path: {
                id: components["parameters"]["Id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TrunkChange"];
            };
        };
        responses: {
            /** @description Stored */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrunkAnswer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Changed"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Invalid"];
            503: components["responses"]["Unavailable"];
        };
    };
    debugTrunks: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: components["parameters"]["Cursor"];
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrunkHealthPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            503: components["responses"]["Unavailable"];
        };
    };
    debugVectors: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    cases: Record<string, never>[];
                };
            };
        };
        responses: {
            /** @description Each case in order; success when none failed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        success: boolean;
                        passed: number;
                        /** @description Optional cases do not count */
                        failed: number;
                        data: {
                            id: string;
                            passed: boolean;
                            optional: boolean;
                            /** @description Empty when passed */
                            why: string;
                        }[];
                    };
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Invalid"];
        };
    };
}
