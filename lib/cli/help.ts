/** What `--help` says. */
export const HELP = `flow-planner: tries flows out from a shell. Nothing is written and nobody is signed in.

  npx flow-planner plan --blueprints PATH --flow SLUG [--user NAME] [--context JSON] [--verdict POLICY=VERDICT]...
      Would the flow apply, which stages would be planned, and what did each policy say?

  npx flow-planner walk --blueprints PATH --flow SLUG --answers FILE [options]
      The same, and then answers the challenges from the file: what is shown, and what would be changed?

  npx flow-planner record --blueprints PATH --flow SLUG --answers FILE --out FILE [options]
      Walks, and keeps the walk as a file that can be replayed.

  npx flow-planner replay FILE... [--blueprints PATH] [--verdict POLICY=VERDICT]...
      Walks recorded runs again, with the flow that they hold or with that of the blueprints, and says what is
      different first.

Options
  --blueprints PATH         a blueprint or a folder of them; may be given several times
  --flow SLUG               the flow
  --user NAME               who is signed in; a user of the blueprints. Nobody without it
  --context JSON            what the plan begins with, such as '{"pending_user": "alice"}'
  --verdict POLICY=VERDICT  what a policy is made to say: pass, fail or error. It also stands in for a policy whose
                            function is not there. May be given several times
  --answers FILE            YAML or JSON: a list of answers, each a map of fields, or a map with answers, user, context,
                            request and verdicts. {stand_in: right} and {stand_in: wrong} stand for passwords and codes
  --out FILE                where the recording goes
  --json                    the whole outcome as JSON
  --help                    this text

Exit code: 0 the flow applies (replay: no difference), 2 it is denied or empty (replay: a difference), 1 an error,
or a stage has failed

Example
  npx flow-planner plan --blueprints examples/blueprints --flow inspect-me --verdict passes=fail
`
