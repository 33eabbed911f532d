/* https://www.twilio.com/docs/voice/twiml: attribute names are case sensitive. */
#include <libxml/xmlwriter.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/webhook-ingest/domain/form.h"
#include "services/webhook-ingest/domain/twiml.h"

struct doc {
	xmlBufferPtr buf;
	xmlTextWriterPtr writer;
	bool failed;
};

/* XML 1.0 production 2; form_clean has the rest of it. */
static char *xml_text(const char *text)
{
	size_t len = strnlen(text, TWIML_SAY_MAX);
	char *copy = strndup(text, len);
	if (copy) {
		form_clean(copy, len);
	}
	for (char *c = copy; c && *c != '\0'; c++) {
		if ((unsigned char)*c < ' ' && *c != '\t' && *c != '\n') {
			*c = '?';
		} else if (memcmp(c, "\xEF\xBF", 2) == 0 &&
			   ((unsigned char)c[2] == 0xBE || (unsigned char)c[2] == 0xBF)) {
			memset(c, '?', 3); /* U+FFFE, U+FFFF */
		}
	}
	return copy;
}

static void note(struct doc *doc, int result)
{
	doc->failed = doc->failed || result < 0;
}

static void start(struct doc *doc, const char *name)
{
	note(doc, xmlTextWriterStartElement(doc->writer, BAD_CAST name));
}

static void end(struct doc *doc)
{
	note(doc, xmlTextWriterEndElement(doc->writer));
}

static void attribute(struct doc *doc, const char *name, const char *value)
{
	VP_CLEANUP(vp_freep) char *text = xml_text(value);
	note(doc,
		text ? xmlTextWriterWriteAttribute(doc->writer, BAD_CAST name, BAD_CAST text) : -1);
}

static void words(struct doc *doc, const char *text)
{
	VP_CLEANUP(vp_freep) char *clean = xml_text(text);
	note(doc, clean ? xmlTextWriterWriteString(doc->writer, BAD_CAST clean) : -1);
}

static void flag(struct doc *doc, const char *name, bool value)
{
	attribute(doc, name, value ? "true" : "false");
}

static bool begin(struct doc *doc)
{
	*doc = (struct doc){.buf = xmlBufferCreate()};
	doc->writer = doc->buf ? xmlNewTextWriterMemory(doc->buf, 0) : NULL;
	if (!doc->writer) {
		xmlBufferFree(doc->buf);
		return false;
	}
	note(doc, xmlTextWriterStartDocument(doc->writer, "1.0", "UTF-8", NULL));
	start(doc, "Response");
	return true;
}

static char *finish(struct doc *doc)
{
	note(doc, xmlTextWriterEndDocument(doc->writer));
	xmlFreeTextWriter(doc->writer);
	char *text = doc->failed ? NULL : strdup((const char *)xmlBufferContent(doc->buf));
	xmlBufferFree(doc->buf);
	return text;
}

static void empty(struct doc *doc, const char *name)
{
	start(doc, name);
	end(doc);
}

static void write_conference(struct doc *doc, const struct twiml_conference *c)
{
	start(doc, "Conference");
	flag(doc, "startConferenceOnEnter", c->start_on_enter);
	flag(doc, "endConferenceOnExit", c->end_on_exit);
	flag(doc, "beep", false);
	if (c->silent_wait) {
		attribute(doc, "waitUrl", "");
	}
	if (c->label[0] != '\0') {
		attribute(doc, "participantLabel", c->label);
	}
	attribute(doc, "statusCallback", c->status_url);
	attribute(doc, "statusCallbackEvent", "start end join leave mute hold");
	words(doc, c->room);
	end(doc);
}

char *twiml_conference(const struct twiml_conference *conference)
{
	struct doc doc;
	if (!begin(&doc)) {
		return NULL;
	}
	start(&doc, "Dial");
	attribute(&doc, "action", conference->action_url);
	write_conference(&doc, conference);
	end(&doc);
	return finish(&doc);
}

char *twiml_say(const char *sentence)
{
	struct doc doc;
	if (!begin(&doc)) {
		return NULL;
	}
	start(&doc, "Say");
	words(&doc, sentence);
	end(&doc);
	empty(&doc, "Hangup");
	return finish(&doc);
}

char *twiml_reject(bool busy)
{
	struct doc doc;
	if (!begin(&doc)) {
		return NULL;
	}
	start(&doc, "Reject");
	attribute(&doc, "reason", busy ? "busy" : "rejected");
	end(&doc);
	return finish(&doc);
}

char *twiml_hangup(void)
{
	struct doc doc;
	if (!begin(&doc)) {
		return NULL;
	}
	empty(&doc, "Hangup");
	return finish(&doc);
}
