/* Every address of the gateway, who may use it, and the file that answers it. */
#include "libcommon/base/base.h"
#include "services/gateway/domain/import.h"
#include "services/gateway/gateway.h"
#include "services/gateway/handlers.h"

const struct gateway_route gateway_routes[] = {
	{"GET", "/healthz", PERMISSION_NONE, on_healthz, ROUTE_PUBLIC, 0},

	{"POST", "/api/auth/login", PERMISSION_NONE, on_auth_login, ROUTE_PUBLIC | ROUTE_NO_CSRF,
		4096},
	{"POST", "/api/auth/logout", PERMISSION_NONE, on_auth_logout, 0, 0},
	{"GET", "/api/auth/me", PERMISSION_NONE, on_auth_me, 0, 0},

	{"POST", "/api/voip/token", "voip", on_voip_token, 0, 0},
	{"GET", "/api/voip/client-config", "voip", on_client_config, 0, 0},
	{"GET", "/api/voip/ws", PERMISSION_NONE, on_ws, ROUTE_PUBLIC, 0},

	{"POST", "/api/voip/calls/outbound", "voip.calls.initiate", on_calls_outbound, 0, 0},
	{"POST", "/api/voip/calls/{id}/hangup", "voip", on_call_hangup, 0, 0},
	{"GET", "/api/voip/calls/history", "voip", on_calls_history, 0, 0},
	{"GET", "/api/voip/calls/{id}", "voip", on_calls_get, 0, 0},

	{"GET", "/api/voip/contacts", "voip.contacts", on_contacts_search, 0, 0},
	{"POST", "/api/voip/persons", "voip.contacts.edit", on_contacts_create, 0, 0},
	{"GET", "/api/voip/persons/{id}", "voip.contacts", on_contacts_get, 0, 0},
	{"PUT", "/api/voip/persons/{id}", "voip.contacts.edit", on_contacts_change, 0, 0},
	{"PATCH", "/api/voip/persons/{id}", "voip.contacts.edit", on_contacts_change, 0, 0},
	{"POST", "/api/voip/leads", "voip.contacts.edit", on_contacts_create, 0, 0},
	{"GET", "/api/voip/leads/{id}", "voip.contacts", on_contacts_get, 0, 0},
	{"PUT", "/api/voip/leads/{id}", "voip.contacts.edit", on_contacts_change, 0, 0},
	{"PATCH", "/api/voip/leads/{id}", "voip.contacts.edit", on_contacts_change, 0, 0},
	{"POST", "/api/voip/deals", "voip.contacts.edit", on_contacts_create, 0, 0},
	{"GET", "/api/voip/deals/{id}", "voip.contacts", on_contacts_get, 0, 0},
	{"PUT", "/api/voip/deals/{id}", "voip.contacts.edit", on_contacts_change, 0, 0},
	{"PATCH", "/api/voip/deals/{id}", "voip.contacts.edit", on_contacts_change, 0, 0},
	{"POST", "/api/voip/import", "voip.contacts.import", on_contacts_import, 0,
		IMPORT_BODY_MAX},

	{"GET", "/api/voip/recordings/{id}", "voip.recordings.play", on_recording_get, 0, 0},
	{"GET", "/api/voip/recordings/{id}/peaks", "voip.recordings.play", on_recording_peaks, 0,
		0},
};
const size_t gateway_n_routes = VP_ARRAY_LEN(gateway_routes);
