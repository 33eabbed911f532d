/* The route handlers, one a file (on_*.c). */
#ifndef GATEWAY_HANDLERS_H
#define GATEWAY_HANDLERS_H
#include "services/gateway/gateway.h"

#define VECTORS_BODY_MAX (1u << 20)

gateway_h on_healthz;
gateway_h on_auth_login, on_auth_logout, on_auth_me;
gateway_h on_voip_token, on_client_config, on_ws;
gateway_h on_calls_outbound, on_call_hangup;
gateway_h on_recording_get, on_recording_peaks;
gateway_h on_calls_history, on_calls_get;
gateway_h on_contacts_search, on_contacts_get, on_contacts_create, on_contacts_change,
	on_contacts_import;
gateway_h on_drivers, on_providers_list, on_providers_get, on_providers_create, on_providers_change,
	on_providers_delete, on_providers_mass_destroy, on_providers_activate, on_providers_test,
	on_providers_provision;
gateway_h on_trunks_list, on_trunks_get, on_trunks_create, on_trunks_change, on_trunks_delete,
	on_trunks_mass_destroy, on_debug_trunks, on_debug_vectors;
#endif
