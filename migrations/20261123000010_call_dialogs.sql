-- The SIP dialogs of a call that talks, so that another controller can hang up for one that died.

-- migrate:up
alter table calls add column sip_dialogs text not null default ''; -- own format of call-controller; '' once it ended

-- migrate:down
-- squawk-ignore ban-drop-column
alter table calls drop column sip_dialogs;
