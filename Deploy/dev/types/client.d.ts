/** How the API client's calls get their types from the contract: by the method and the address of a request. */
declare namespace Client {
  type Method = keyof Contract.Operations;
  /** A path of the contract with anything in the place of its parameters. */
  type Filled<Path extends string> = Path extends `${infer Before}{${string}}${infer After}`
    ? `${Before}${string}${Filled<After>}` : Path;
  /** An address that the contract has, with a query or without. */
  type Address<M extends Method> = Queried<Filled<keyof Contract.Operations[M] & string>>;
  type Queried<Path extends string> = Path | `${Path}?${string}`;

  type Segments<Path extends string> = Path extends `${infer Head}/${infer Rest}` ? [Head, ...Segments<Rest>] : [Path];
  type Fits<Given extends string[], Pattern extends string[]> =
    Given extends [infer One extends string, ...infer Ones extends string[]]
      ? Pattern extends [infer Part extends string, ...infer Parts extends string[]]
        ? Part extends `{${string}}` ? Fits<Ones, Parts> : One extends Part ? Fits<Ones, Parts> : false
        : false
      : Pattern extends [] ? true : false;
  type WithoutQuery<Given extends string> = Given extends `${infer Path}?${string}` ? Path : Given;
  type Match<M extends Method, Given extends string, Paths = keyof Contract.Operations[M]> =
    Given extends Paths ? Given
      : Paths extends string ? (Fits<Segments<Given>, Segments<Paths>> extends true ? Paths : never) : never;
  type Found<M extends Method, Given extends string> =
    Contract.Operations[M][Match<M, WithoutQuery<Given>> & keyof Contract.Operations[M]];

  /** What a request is answered; `never` if no operation has this address. */
  type Answer<M extends Method, Given extends string> =
    Found<M, Given> extends { answer: infer Answer } ? Answer : never;
  /** What may be sent with a request. */
  type Body<M extends Method, Given extends string> = Found<M, Given> extends { body: infer Body } ? Body : never;

  /** What one tab passes to the others. */
  type SignIn = Pick<Contract.Tokens, 'user' | 'access_token'>;
  interface Options<Body> {
    body?: Body;
    headers?: Record<string, string>;
    /** In milliseconds. */
    limit?: number;
    /** The request outlives the page. */
    keepalive?: boolean;
  }
  /** What is read of a refusal; one that comes from in between has nothing. */
  type Problem = Partial<Contract.Problem> & Record<string, any>;
}
