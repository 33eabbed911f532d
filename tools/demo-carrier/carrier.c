#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "tools/demo-carrier/call.h"
#include "tools/demo-carrier/carrier.h"
#include "tools/demo-carrier/ledger.h"
#include "tools/demo-carrier/libre.h"
#include "tools/demo-carrier/registrar.h"

struct carrier {
	const struct options *opt;
	struct stack front, lab;
	struct registrar registrar;
	struct auth challenger;
	struct prompt speech;
	struct call_env env;
	struct ledger *ledger;
	unsigned last_id, next_target;
	FILE *trace;
};

static void on_invite(const struct sip_msg *msg, void *arg)
{
	struct carrier *carrier = arg;
	struct call *call;
	char user[64] = "";

	if (carrier->opt->challenge && !auth_check(&carrier->challenger, carrier->front.sip, msg)) {
		return;
	}
	if (ledger_reserve(carrier->ledger) != 0) {
		sip_treply(NULL, carrier->front.sip, msg, 503, "Service Unavailable");
		return;
	}
	pl_strcpy(&msg->uri.user, user, sizeof(user));
	if (call_take(&call, &carrier->env, &carrier->front, ++carrier->last_id, msg,
		    numbers_find(&carrier->opt->numbers, user)) == 0) {
		ledger_add(carrier->ledger, call);
		vp_log(INFO, "call.in", VP_KV_INT("id", call_id(call)),
			VP_KV_NUMBER("number", user));
	}
}

/* Nobody calls in through the stack that only calls out. */
static void on_lab_invite(const struct sip_msg *msg, void *arg)
{
	struct carrier *carrier = arg;

	sip_treply(NULL, carrier->lab.sip, msg, 404, "Not Found");
}

static bool on_request(struct carrier *carrier, struct stack *stack, const struct sip_msg *msg)
{
	if (pl_strcmp(&msg->met, "OPTIONS") == 0) {
		(void)sip_treply(NULL, stack->sip, msg, 200, "OK");
		return true;
	}
	return pl_strcmp(&msg->met, "UPDATE") == 0 && ledger_take_update(carrier->ledger, msg);
}

static bool on_front_request(const struct sip_msg *msg, void *arg)
{
	struct carrier *carrier = arg;

	if (pl_strcmp(&msg->met, "REGISTER") == 0) {
		registrar_take(&carrier->registrar, carrier->front.sip, msg);
		return true;
	}
	return on_request(carrier, &carrier->front, msg);
}

static bool on_lab_request(const struct sip_msg *msg, void *arg)
{
	struct carrier *carrier = arg;

	return on_request(carrier, &carrier->lab, msg);
}

static int open_stacks(struct carrier *carrier)
{
	const struct options *opt = carrier->opt;
	char *lab_address = vp_strf("%s:0", opt->from_address);
	if (!lab_address) {
		return ENOMEM;
	}

	struct stack_cfg front = {
		opt->listen, carrier->trace, on_invite, on_front_request, carrier};
	struct stack_cfg lab = {
		lab_address, carrier->trace, on_lab_invite, on_lab_request, carrier};
	int err = stack_open(&carrier->front, &front);
	if (err) {
		vp_log(ERROR, "listen.failed", VP_KV_STR("address", opt->listen), VP_KV_ERR(err));
	} else {
		err = stack_open(&carrier->lab, &lab);
		if (err) {
			vp_log(ERROR, "listen.failed", VP_KV_STR("address", lab_address),
				VP_KV_ERR(err));
		}
	}
	free(lab_address);
	return err;
}

static int open_out_dir(struct carrier *carrier)
{
	const char *dir = carrier->opt->out_dir;
	char *path = vp_strf("%s/sip.log", dir);
	bool there = mkdir(dir, 0700) == 0 || errno == EEXIST;

	carrier->trace = there && path ? fopen(path, "we") : NULL;
	int err = carrier->trace ? 0 : errno;
	if (err) {
		vp_log(ERROR, "out.failed", VP_KV_STR("dir", dir), VP_KV_ERR(err));
	}
	free(path);
	return err;
}

/* Without speech the number still answers; it is only silent. */
static void load_speech(struct carrier *carrier)
{
	char *made = vp_strf("%s/speech.wav", carrier->opt->out_dir);
	const char *path = carrier->opt->speech_file ? carrier->opt->speech_file : made;
	int err = path ? 0 : ENOMEM;

	if (!err && path == made) {
		err = prompt_speak(path);
	}
	if (!err) {
		err = prompt_load(&carrier->speech, path);
	}
	if (err) {
		vp_log(WARN, "speech.missing", VP_KV_STR("path", path), VP_KV_ERR(err));
	}
	free(made);
}

int carrier_create(struct carrier **ret, const struct options *opt)
{
	struct carrier *carrier = calloc(1, sizeof(*carrier));
	if (!carrier) {
		return ENOMEM;
	}
	carrier->opt = opt;
	registrar_init(&carrier->registrar, opt->user, opt->password, opt->expires_s);
	auth_init(&carrier->challenger, opt->user, opt->password);
	carrier->env = (struct call_env){.out_dir = opt->out_dir,
		.speech = &carrier->speech,
		.pcmu = opt->pcmu,
		.pcma = opt->pcma};

	int err = open_out_dir(carrier);
	if (!err) {
		load_speech(carrier);
		err = ledger_create(&carrier->ledger);
	}
	if (!err) {
		err = open_stacks(carrier);
	}
	if (err) {
		carrier_destroy(carrier);
		return err;
	}
	*ret = carrier;
	return 0;
}

struct carrier *carrier_destroy(struct carrier *carrier)
{
	if (!carrier) {
		return NULL;
	}
	ledger_destroy(carrier->ledger);
	stack_close(&carrier->front);
	stack_close(&carrier->lab);
	prompt_free(&carrier->speech);
	if (carrier->trace) {
		fclose(carrier->trace);
	}
	free(carrier);
	return NULL;
}

void carrier_hangup_all(struct carrier *carrier)
{
	ledger_hangup_all(carrier->ledger);
}

/* All targets, beginning with another one each time; or the one that is asked for. */
static size_t choose_targets(struct carrier *carrier, const struct carrier_ring *ring,
	const char *ret_targets[TARGETS_MAX])
{
	const struct options *opt = carrier->opt;

	if (ring->registered) {
		ret_targets[0] = registrar_contact(&carrier->registrar);
		return ret_targets[0] ? 1 : 0;
	}
	if (ring->target >= 0) {
		ret_targets[0] =
			(size_t)ring->target < opt->n_targets ? opt->targets[ring->target] : NULL;
		return ret_targets[0] ? 1 : 0;
	}
	for (size_t i = 0; i < opt->n_targets; i++) {
		ret_targets[i] = opt->targets[(carrier->next_target + i) % opt->n_targets];
	}
	carrier->next_target++;
	return opt->n_targets;
}

int carrier_ring(struct carrier *carrier, const struct carrier_ring *ring, struct call **ret)
{
	const char *targets[TARGETS_MAX];
	struct call_out_cfg cfg = {.did = ring->did,
		.from = ring->from,
		.targets = targets,
		.n_targets = choose_targets(carrier, ring, targets),
		.plan = ring->plan,
		.answer_timeout_s = ring->answer_timeout_s};
	struct stack *stack = ring->registered ? &carrier->front : &carrier->lab;

	int err = ledger_reserve(carrier->ledger);
	if (!err) {
		err = call_ring(ret, &carrier->env, stack, carrier->last_id + 1, &cfg);
	}
	if (err) {
		return err;
	}
	carrier->last_id++;
	ledger_add(carrier->ledger, *ret);
	vp_log(INFO, "call.out", VP_KV_INT("id", call_id(*ret)), VP_KV_NUMBER("number", ring->did));
	return 0;
}

struct call *carrier_find(struct carrier *carrier, unsigned id)
{
	return ledger_find(carrier->ledger, id);
}

json_t *carrier_calls(struct carrier *carrier)
{
	return ledger_report(carrier->ledger);
}

static json_t *address_json(const struct sa *address)
{
	char text[64];

	re_snprintf(text, sizeof(text), "%J", address);
	return json_string(text);
}

json_t *carrier_state(struct carrier *carrier)
{
	const struct numbers *numbers = &carrier->opt->numbers;
	json_t *by_kind = json_object();

	for (size_t i = 0; i < numbers->count; i++) {
		json_object_set_new(
			by_kind, numbers->entry[i].kind, json_string(numbers->entry[i].e164));
	}
	return json_pack("{s:o, s:o, s:s, s:s, s:o, s:o, s:I}", "sip",
		address_json(&carrier->front.address), "from", address_json(&carrier->lab.address),
		"caller", carrier->opt->caller, "did", carrier->opt->did, "numbers", by_kind,
		"registration", registrar_report(&carrier->registrar), "live",
		(json_int_t)ledger_live(carrier->ledger));
}
