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

	{"GET", "/admin/voip/drivers", "voip.providers", on_drivers, 0, 0},
	{"GET", "/admin/voip/providers", "voip.providers", on_providers_list, 0, 0},
	{"POST", "/admin/voip/providers", "voip.providers.create", on_providers_create, 0, 0},
	{"POST", "/admin/voip/providers/mass-destroy", "voip.providers.delete",
		on_providers_mass_destroy, 0, 0},
	{"GET", "/admin/voip/providers/{id}", "voip.providers", on_providers_get, 0, 0},
	{"PUT", "/admin/voip/providers/{id}", "voip.providers.edit", on_providers_change, 0, 0},
	{"PATCH", "/admin/voip/providers/{id}", "voip.providers.edit", on_providers_change, 0, 0},
	{"DELETE", "/admin/voip/providers/{id}", "voip.providers.delete", on_providers_delete, 0,
		0},
	{"POST", "/admin/voip/providers/{id}/activate", "voip.providers.edit",
		on_providers_activate, 0, 0},
	{"POST", "/admin/voip/providers/{id}/test", "voip.providers.edit", on_providers_test, 0, 0},
	{"POST", "/admin/voip/providers/{id}/provision", "voip.providers.edit",
		on_providers_provision, 0, 0},
	{"GET", "/admin/voip/trunks", "voip.trunks", on_trunks_list, 0, 0},
	{"POST", "/admin/voip/trunks", "voip.trunks.create", on_trunks_create, 0, 0},
	{"POST", "/admin/voip/trunks/mass-destroy", "voip.trunks.delete", on_trunks_mass_destroy, 0,
		0},
	{"GET", "/admin/voip/trunks/{id}", "voip.trunks", on_trunks_get, 0, 0},
	{"PUT", "/admin/voip/trunks/{id}", "voip.trunks.edit", on_trunks_change, 0, 0},
	{"PATCH", "/admin/voip/trunks/{id}", "voip.trunks.edit", on_trunks_change, 0, 0},
	{"DELETE", "/admin/voip/trunks/{id}", "voip.trunks.delete", on_trunks_delete, 0, 0},
	{"GET", "/admin/voip/debug/trunks", "voip.trunks", on_debug_trunks, 0, 0},
	{"POST", "/admin/voip/debug/vectors", "voip.providers", on_debug_vectors, 0,
		VECTORS_BODY_MAX},

	{"GET", "/api/voip/recordings/{id}", "voip.recordings.play", on_recording_get, 0, 0},
	{"GET", "/api/voip/recordings/{id}/peaks", "voip.recordings.play", on_recording_peaks, 0,
		0},
};
const size_t gateway_n_routes = VP_ARRAY_LEN(gateway_routes);
