import Domain
import Runtime

extension SettingsReader {
  /// What the models' tokens cost; `none` where nothing is set, so that no cost is counted.
  func modelPrices() -> ModelPrices {
    guard let text = optional("GEMINI_PRICES") else { return .none }
    guard let prices = ModelPrices(text) else {
      add("GEMINI_PRICES is not a list such as gemini-a=2500/21000/21000,gemini-b=800/6000/6000")
      return .none
    }
    return prices
  }
}
