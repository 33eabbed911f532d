/* TwiML: what is text stays text, whoever wrote it */
#include <criterion/criterion.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/webhook-ingest/domain/twiml.h"

static xmlDocPtr parse(const char *text)
{
	xmlDocPtr doc = xmlReadMemory(text, (int)strlen(text), "t.xml", NULL, XML_PARSE_NONET);
	cr_assert(doc, "%s", text);
	cr_assert_str_eq((const char *)xmlDocGetRootElement(doc)->name, "Response");
	return doc;
}

/* Elements of the whole document. */
static unsigned elements(const xmlNode *node)
{
	unsigned n = 0;
	for (; node; node = node->next) {
		n += (node->type == XML_ELEMENT_NODE) + elements(node->children);
	}
	return n;
}

Test(twiml, hostile_text_adds_no_element)
{
	static const char *const texts[] = {"</Say><Dial>+1900</Dial>", "]]>", "<!-- x -->",
		"&lt;&#x41;&", "<?xml version=\"1.0\"?>",
		"<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>&b;", "\x01\x02\x1f\x7f",
		"\xff\xfe", "\xc3", "\xed\xa0\x80", "\xef\xbf\xbe\xef\xbf\xbf", "\"'><", "",
		"a\nb\tc", "Zo\xc3\xab \xf0\x9f\x93\x9e"};
	for (size_t i = 0; i < VP_ARRAY_LEN(texts); i++) {
		char *say = twiml_say(texts[i]);
		xmlDocPtr doc = parse(say);
		cr_assert_eq(elements(xmlDocGetRootElement(doc)), 3, "%s", say);
		xmlFreeDoc(doc);
		free(say);
		char *conference = twiml_conference(&(struct twiml_conference){.room = texts[i],
			.label = texts[i],
			.status_url = "https://x/a?b=1&c=2",
			.action_url = texts[i]});
		doc = parse(conference);
		cr_assert_eq(elements(xmlDocGetRootElement(doc)), 3, "%s", conference);
		xmlFreeDoc(doc);
		free(conference);
	}
}

Test(twiml, text_comes_back_as_it_was)
{
	char *say = twiml_say("Zo\xc3\xab said: <5 & \"6\"");
	xmlDocPtr doc = parse(say);
	xmlChar *text = xmlNodeGetContent(xmlDocGetRootElement(doc)->children);
	cr_assert_str_eq((const char *)text, "Zo\xc3\xab said: <5 & \"6\"");
	xmlFree(text);
	xmlFreeDoc(doc);
	free(say);
}

Test(twiml, a_long_sentence_is_cut)
{
	char text[4 * TWIML_SAY_MAX + 1];
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	char *say = twiml_say(text);
	cr_assert_lt(strlen(say), TWIML_SAY_MAX + 200);
	free(say);
}

Test(twiml, words_of_the_conference)
{
	char *text = twiml_conference(&(struct twiml_conference){.room = "r",
		.label = "",
		.end_on_exit = true,
		.status_url = "https://x/s?a=1&b=2",
		.action_url = "https://x/d"});
	static const char *const wanted[] = {"<Dial action=\"https://x/d\">",
		"startConferenceOnEnter=\"false\"", "endConferenceOnExit=\"true\"",
		"beep=\"false\"", "statusCallback=\"https://x/s?a=1&amp;b=2\"",
		"statusCallbackEvent=\"start end join leave mute hold\"", ">r</Conference>"};
	static const char *const unwanted[] = {"record", "participantLabel", "waitUrl"};
	for (size_t i = 0; i < VP_ARRAY_LEN(wanted); i++) {
		cr_assert(strstr(text, wanted[i]), "%s", text);
	}
	for (size_t i = 0; i < VP_ARRAY_LEN(unwanted); i++) {
		cr_assert(!strstr(text, unwanted[i]), "%s", text);
	}
	free(text);
}

Test(twiml, short_answers)
{
	char *busy = twiml_reject(true), *no = twiml_reject(false), *bye = twiml_hangup();
	cr_assert(strstr(busy, "<Response><Reject reason=\"busy\"/></Response>"));
	cr_assert(strstr(no, "<Response><Reject reason=\"rejected\"/></Response>"));
	cr_assert(strstr(
		bye, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Hangup/></Response>"));
	free(busy);
	free(no);
	free(bye);
}
