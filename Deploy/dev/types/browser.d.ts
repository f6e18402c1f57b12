/** What scripts of others define, and what browsers have and the compiler's own declarations do not know yet. */
declare const google: any;
declare const AudioWorkletProcessor: any;
declare const registerProcessor: (name: string, processor: unknown) => void;
declare const sampleRate: number;
interface Window { Razorpay: any }
interface Navigator { userAgentData?: { platform: string } }
interface Array<T> {
  findLast(isWanted: (item: T) => unknown): T | undefined;
  toSorted(compare?: (one: T, other: T) => number): T[];
}
interface IntersectionObserverEntry { readonly isVisible: boolean }
interface IntersectionObserverInit { trackVisibility?: boolean; delay?: number }
declare namespace Intl { interface Locale { getWeekInfo?(): { firstDay: number }; weekInfo?: { firstDay: number } } }
interface Credential { toJSON(): any }
interface CredentialCreationOptions { mediation?: string }

/** What a selector finds and what an event brings, only the page knows. */
interface Element { hidden: boolean; open: boolean; readonly dataset: DOMStringMap; click(): void }
interface Event { readonly detail: any }
interface EventTarget { [member: string]: any }
