//! Runs each target on seeds, mutated seeds and random bytes.

#[path = "../../crates/better-auth-guard/fuzz/tests/support/mod.rs"]
mod support;

use support::run;

const RULES: [&str; 9] = [
    "aaaaaaaabbbbbbbbcFREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "aaaaaaaabbbbbbbbdFREQ=SECONDLY;INTERVAL=7;BYSECOND=1;BYMINUTE=59;BYHOUR=23;BYMONTHDAY=29;BYMONTH=2;BYDAY=SU",
    "aaaaaaaabbbbbbbbeFREQ=MONTHLY;BYDAY=MO,-1TU;BYSETPOS=-1,31;COUNT=4294967295",
    "aaaaaaaabbbbbbbbfFREQ=YEARLY;BYYEARDAY=366,-366;INTERVAL=65535",
    "aaaaaaaabbbbbbbbgFREQ=YEARLY;BYWEEKNO=53,-1;BYDAY=MO;WKST=SU",
    "aaaaaaaabbbbbbbbhFREQ=HOURLY;BYHOUR=5;INTERVAL=24;UNTIL=99991231T235959Z",
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0FREQ=WEEKLY;BYDAY=SU;WKST=MO;UNTIL=00010101",
    "\u{7f}\0\0\0\0\0\0\0\u{7f}\0\0\0\0\0\0\0\u{1}FREQ=MINUTELY;BYHOUR=0;BYMINUTE=59;BYSETPOS=-1",
    "aaaaaaaabbbbbbbbidaily",
];
const IMPORTS: [&str; 12] = [
    "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nSUMMARY:a\r\nDUE;X-MS=9000000000000000:20200101T000000Z\r\nEND:VTODO\r\nEND:VCALENDAR\r\n",
    "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nSUMMARY:b\r\nDUE:20200101T000000ZZZZ\r\nRRULE:FREQ=DAILY\r\nEND:VTODO\r\nEND:VCALENDAR\r\n",
    "BEGIN:VCALENDAR\nBEGIN:VTODO\nBEGIN:VALARM\nTRIGGER;VALUE=DATE-TIME:99991231T235959Z\nEND:VALARM\nEND:VTODO\nEND:VCALENDAR\n",
    "BEGIN:VCALENDAR\nBEGIN:A\nBEGIN:A\nBEGIN:A\n",
    "BEGIN:VCALENDAR\nBEGIN:VTODO\nDUE;TZID=\"Europe/Vienna\";X-MS=-1:00010101T000000\nCATEGORIES:a\\,b,c\nEND:VTODO\nEND:VCALENDAR\n",
    "BEGIN:VCALENDAR\nBEGIN:VTODO\nDUE;VALUE=DATE:99991231\n folded\n\tagain\nSTATUS:COMPLETED\nPRIORITY:9\nEND:VTODO\nEND:VCALENDAR\n",
    "BEGIN:VCALENDAR\nX-WR-TIMEZONE:w. europe standard time\nBEGIN:VTODO\nDUE:20270328T023000\nDURATION:-P1DT2H\nBEGIN:VALARM\nTRIGGER;RELATED=END:-PT15M\nEND:VALARM\nEND:VTODO\nEND:VCALENDAR\n",
    "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:s\nDTSTART;TZID=Z:20270104T090000\nDUE;TZID=/a/b/Z:20270106T090000\nRRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=-1;\nEXDATE;TZID=Z:20270111T090000,20270118\nEND:VTODO\nBEGIN:VTODO\nUID:s\nRECURRENCE-ID;TZID=Z:20270125T090000\nSTATUS:CANCELLED\nSEQUENCE:3\nLAST-MODIFIED:20261201\nEND:VTODO\nBEGIN:VTIMEZONE\nTZID:Z\nBEGIN:STANDARD\nDTSTART:16011028T030000\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010325T020000\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3;UNTIL=20301231T000000Z\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRDATE:20310101T000000\nEND:DAYLIGHT\nEND:VTIMEZONE\nEND:VCALENDAR\n",
    "\u{feff}begin:vcalendar\nbegin:vtimezone\ntzid:Z\nbegin:standard\ndtstart:00010101T000000\ntzoffsetfrom:-2359\ntzoffsetto:+240000\nrrule:FREQ=YEARLY;BYMONTHDAY=30,31;BYMONTH=2;COUNT=2147483647\nend:standard\nend:vtimezone\nbegin:vtodo\ndue;tzid=z:99991231T235959\nrrule:freq=daily\nend:vtodo\n",
    "BEGIN:VTODO\nUID:s\nDTSTART:99991231\nDURATION:P999999999W\nRRULE:FREQ=SECONDLY\nEXDATE:99991231\nBEGIN:VTODO\nnonsense\nEND:VALARM\nEND:VTODO\nBEGIN:VCALENDAR\n",
    r#"[{"title":"t","uid":"u","created_at":"0001-01-01T00:00:00Z","completed_at":"9999-12-31T23:59:59.999Z"}]"#,
    r#"{"tasks":[[[[{"title":{"title":[]}}]]]],"tasks":[]}"#,
];
const QUERIES: [&str; 5] = [
    "due_before=9999-12-31&due_after=0001-01-01&time_zone=Pacific/Kiritimati",
    "due_before=9999-12-31T23:59:59.999Z&due_after=9999-12-31T23:59:59.999Z&time_zone=Europe/Vienna",
    "due=week&overdue=true&updated_since=0001-01-01T00:00:00Z&time_zone=Etc/GMT%2B12",
    "page=9223372036854775807&page_size=9223372036854775807&offset=9223372036854775808&limit=1",
    "sort=-due_date&order=asc&search=a%25_&tags=a,b%2Cc&priority=low,high&series=1&cursor=x&count=exact",
];
const TASKS: [&str; 3] = [
    r#"{"title":"t","due_date":"9999-12-31T23:59:59.999-00:01","remind_at":"0001-01-01T00:00+00:01","tags":["a"]}"#,
    r#"{"title":"t","due_date":"0001-01-01","time_zone":"Europe/Vienna","recurrence_rule":"weekly","status":"done"}"#,
    r#"{"title":null,"tags":"a,b","priority":"HIGH","completed":true,"repeat_from":"completion","description":"\u0000"}"#,
];

#[test]
fn recurrence() {
    run(task_api_fuzz::recurrence, &RULES);
}

#[test]
fn import() {
    run(task_api_fuzz::import, &IMPORTS);
    task_api_fuzz::import("BEGIN:VCALENDAR\n".repeat(100_000).as_bytes());
    task_api_fuzz::import("[".repeat(100_000).as_bytes());
    task_api_fuzz::import(b"BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:t\nDUE;".repeat(2_000).as_slice());
}

#[test]
fn filter() {
    run(task_api_fuzz::filter, &QUERIES);
}

#[test]
fn task() {
    run(task_api_fuzz::task, &TASKS);
    task_api_fuzz::task("[".repeat(100_000).as_bytes());
}
