import Application
import HTTPServing
import SubscriptionsAdapter

/// The use cases of a talk: its start, beats, end, history and subscriptions.
struct TalkModule: Sendable {
  let settle: SettleTalk
  let slices: SliceRequester
  let beat: TakeHeartbeat
  let end: EndTalk
  let subscriptions: TalkSubscriptionHub
  private let start: StartTalk
  private let read: ReadTalk
  private let endByOperator: EndTalkByOperator
  private let ports: SessionPorts
  private let settings: SessionSettings

  init(_ settings: SessionSettings, _ ports: SessionPorts, invite: GetConversationURL) {
    self.ports = ports
    self.settings = settings
    let (live, ledger, history) = (ports.live, ports.ledger, ports.history)
    settle = SettleTalk(live: live, ledger: ledger)
    slices = SliceRequester(hold: HoldNextSlice(live: live, ledger: ledger))
    beat = TakeHeartbeat(live: live, slices: slices)
    end = EndTalk(live: live, ledger: ledger, history: history, settle: settle)
    endByOperator = EndTalkByOperator(live: live, history: history, actions: ports.actions, end: end)
    read = ReadTalk(live: live, history: history)
    start = StartTalk(
      live: live, ledger: ledger, history: history, invite: invite,
      interrupted: FindInterruptedConversation(
        live: live, settle: settle, conversations: ports.conversations, agents: ports.agents),
      random: ports.random, settle: settle, most: settings.mostTalks)
    subscriptions = TalkSubscriptionHub(feed: ports.feed, clock: ports.serving.clock, random: ports.random)
  }

  var routes: TalkRoutes {
    TalkRoutes(
      start: start, beat: beat, end: end, endByOperator: endByOperator,
      admit: RefuseTalkStartWhileDraining(requests: ports.drainRequests, isLeaving: ports.isLeaving),
      consent: RequireConsent(to: settings.consentVersion, consents: ports.consents),
      proof: ReadTalkProof(proofs: ports.proofs), read: read, authenticator: ports.serving.authenticator,
      limits: RouteLimits(development: settings.common.developmentLimits, limiter: ports.serving.limiter),
      answers: ports.serving.answers, clock: ports.serving.clock, agents: settings.eleven.agents,
      allowsWebRTC: settings.eleven.allowsWebRTC)
  }

  var operatorRoutes: OperatorRoutes {
    OperatorRoutes(
      list: ListLiveTalks(live: ports.live, names: ports.names), end: endByOperator,
      drain: PauseTalkStarts(requests: ports.drainRequests, actions: ports.actions, clock: ports.serving.clock),
      authenticator: ports.serving.authenticator)
  }

  var events: TalkEventRoutes {
    TalkEventRoutes(subscriptions: subscriptions, read: read, authenticator: ports.serving.authenticator)
  }

  /// Admits bearers to the live links.
  var join: SubscribeToTalk {
    SubscribeToTalk(tokens: ports.serving.tokens, revocations: ports.serving.revocations, talks: subscriptions)
  }
}
