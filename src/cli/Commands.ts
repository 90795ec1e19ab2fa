/**
 * The table of contents of the command line: each command's options, and the file that runs it.
 *
 * A command's folder has its options in `…Command.ts` and its work in `run….ts`, which is loaded when the command runs.
 * Loading every command at start takes `hookshift --help` from 0.75 s of processor time to 1.29 s (Node 24, median of
 * 20).
 */
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { audit } from "./commands/audit/AuditCommand.js"
import { authorize } from "./commands/authorize/AuthorizeCommand.js"
import { completions } from "./commands/completions/CompletionsCommand.js"
import { cutover } from "./commands/cutover/CutoverCommand.js"
import { db, dbBackup, dbCheck, dbVacuum } from "./commands/db/DbCommand.js"
import { diff } from "./commands/diff/DiffCommand.js"
import { doctor } from "./commands/doctor/DoctorCommand.js"
import { exportCalls } from "./commands/export/ExportCommand.js"
import { forget } from "./commands/forget/ForgetCommand.js"
import { help } from "./commands/help/HelpCommand.js"
import { importCalls } from "./commands/import/ImportCommand.js"
import * as Inbox from "./commands/inbox/InboxCommand.js"
import { init } from "./commands/init/InitCommand.js"
import { mirror, mirrorStatus } from "./commands/mirror/MirrorCommand.js"
import { plan } from "./commands/plan/PlanCommand.js"
import { pollers } from "./commands/pollers/PollersCommand.js"
import { proxy } from "./commands/proxy/ProxyCommand.js"
import { receive } from "./commands/receive/ReceiveCommand.js"
import { record, recordStatus } from "./commands/record/RecordCommand.js"
import { replay, replayGrid, replaySweep } from "./commands/replay/ReplayCommand.js"
import { report } from "./commands/report/ReportCommand.js"
import { shadow } from "./commands/shadow/ShadowCommand.js"
import { simulate } from "./commands/simulate/SimulateCommand.js"
import * as Subscriptions from "./commands/subscriptions/SubscriptionsCommand.js"
import { verifyHistory } from "./commands/verify-history/VerifyHistoryCommand.js"
import { watch } from "./commands/watch/WatchCommand.js"
import type { Group } from "./help/CommandTree.js"

/** Gives a command its work, loaded when it runs. */
const running = <Name extends string, Options, E, R>(
  command: Command.Command<Name, never, never, Options>,
  load: () => Promise<(options: Options) => Effect.Effect<void, E, R>>
): Command.Command<Name, R, E, Options> =>
  Command.withHandler(command, (options) => Effect.flatMap(Effect.promise(load), (run) => run(options)))

const database = () => import("./commands/db/runDb.js")

const recording = [
  running(init, async () => (await import("./commands/init/runInit.js")).runInit),
  running(record, async () => (await import("./commands/record/runRecord.js")).runRecord).pipe(
    Command.withSubcommands([
      running(recordStatus, async () => (await import("./commands/record/runRecordStatus.js")).runRecordStatus)
    ])
  ),
  running(proxy, async () => (await import("./commands/proxy/runProxy.js")).runProxy),
  running(importCalls, async () => (await import("./commands/import/runImport.js")).runImport),
  running(exportCalls, async () => (await import("./commands/export/runExport.js")).runExport),
  running(forget, async () => (await import("./commands/forget/runForget.js")).runForget)
] as const

const understanding = [
  running(audit, async () => (await import("./commands/audit/runAudit.js")).runAudit),
  running(pollers, async () => (await import("./commands/pollers/runPollers.js")).runPollers),
  running(watch, async () => (await import("./commands/watch/runWatch.js")).runWatch),
  running(replay, async () => (await import("./commands/replay/runReplay.js")).runReplay).pipe(
    Command.withSubcommands([
      running(replayGrid, async () => (await import("./commands/replay/runGrid.js")).runGrid),
      running(replaySweep, async () => (await import("./commands/replay/runGrid.js")).runGrid)
    ])
  ),
  running(report, async () => (await import("./commands/report/runReport.js")).runReport),
  running(diff, async () => (await import("./commands/diff/runDiff.js")).runDiff)
] as const

const settingUp = [
  running(plan, async () => (await import("./commands/plan/runPlan.js")).runPlan),
  running(doctor, async () => (await import("./commands/doctor/runDoctor.js")).runDoctor),
  running(authorize, async () => (await import("./commands/authorize/runAuthorize.js")).runAuthorize),
  Subscriptions.subscriptions.pipe(
    Command.withSubcommands([
      running(
        Subscriptions.subscriptionsPlan,
        async () => (await import("./commands/subscriptions/runPlan.js")).runPlan
      ),
      running(
        Subscriptions.subscriptionsApply,
        async () => (await import("./commands/subscriptions/runApply.js")).runApply
      ),
      running(
        Subscriptions.subscriptionsStatus,
        async () => (await import("./commands/subscriptions/runStatus.js")).runStatus
      ),
      running(
        Subscriptions.subscriptionsRemove,
        async () => (await import("./commands/subscriptions/runRemove.js")).runRemove
      ),
      running(Subscriptions.subscriptionsApp, async () => (await import("./commands/subscriptions/runApp.js")).runApp),
      running(
        Subscriptions.subscriptionsRotate,
        async () => (await import("./commands/subscriptions/runRotate.js")).runRotate
      )
    ])
  )
] as const

const live = [
  running(receive, async () => (await import("./commands/receive/runReceive.js")).runReceive),
  Inbox.inbox.pipe(
    Command.withSubcommands([
      running(Inbox.inboxList, async () => (await import("./commands/inbox/runInboxList.js")).runInboxList),
      running(Inbox.inboxShow, async () => (await import("./commands/inbox/runInboxShow.js")).runInboxShow),
      running(Inbox.inboxRetry, async () => (await import("./commands/inbox/runInboxRetry.js")).runInboxRetry),
      running(Inbox.inboxPurge, async () => (await import("./commands/inbox/runInboxPurge.js")).runInboxPurge),
      running(Inbox.inboxHistory, async () => (await import("./commands/inbox/runInboxHistory.js")).runInboxHistory),
      running(Inbox.inboxRekey, async () => (await import("./commands/inbox/runInboxRekey.js")).runInboxRekey)
    ])
  ),
  running(mirror, async () => (await import("./commands/mirror/runMirror.js")).runMirror).pipe(
    Command.withSubcommands([
      running(mirrorStatus, async () => (await import("./commands/mirror/runMirrorStatus.js")).runMirrorStatus)
    ])
  ),
  running(shadow, async () => (await import("./commands/shadow/runShadow.js")).runShadow),
  running(cutover, async () => (await import("./commands/cutover/runCutover.js")).runCutover)
] as const

const upkeep = [
  db.pipe(
    Command.withSubcommands([
      running(dbBackup, async () => (await database()).runBackup),
      running(dbCheck, async () => (await database()).runCheck),
      running(dbVacuum, async () => (await database()).runVacuum)
    ])
  ),
  running(verifyHistory, async () => (await import("./commands/verify-history/runVerifyHistory.js")).runVerifyHistory),
  running(simulate, async () => (await import("./commands/simulate/runSimulate.js")).runSimulate),
  running(completions, async () =>
    (await import("./commands/completions/runCompletions.js")).runCompletions((): ReadonlyArray<Group> => groups)
  ),
  running(help, async () => (await import("./commands/help/runHelp.js")).runHelp((): ReadonlyArray<Group> => groups))
] as const

/** The titles of `hookshift --help`, in its order. */
export const groups: ReadonlyArray<Group> = [
  { title: "Record", commands: recording },
  { title: "Understand", commands: understanding },
  { title: "Plan and set up", commands: settingUp },
  { title: "Run", commands: live },
  { title: "Look after", commands: upkeep }
]

export const commands = [...recording, ...understanding, ...settingUp, ...live, ...upkeep] as const
