// Types of whole request bodies, made from those of the official SDKs.
import type Anthropic from '@anthropic-ai/sdk';
import type OpenAI from 'openai';
import type * as Google from '@google/genai';

export type AnthropicRequest = Anthropic.MessageCreateParams;
export type ResponsesRequest = OpenAI.Responses.ResponseCreateParams;
export type ChatRequest = OpenAI.Chat.ChatCompletionCreateParams;

// Servers that speak chat completions in a way of their own: OpenAI's types,
// and what each adds to them.
type Assistant = OpenAI.Chat.ChatCompletionAssistantMessageParam & {
  reasoning_content?: string | null;
  reasoning?: string | null;
  reasoning_details?: Array<{
    type: 'reasoning.text' | 'reasoning.summary' | 'reasoning.encrypted';
    text?: string;
    summary?: string;
    data?: string;
    id?: string | null;
    format?: string;
    index?: number;
    signature?: string | null;
  }>;
};
type Others = Exclude<OpenAI.Chat.ChatCompletionMessageParam, { role: 'assistant' }>;
type OfServer<More> =
  Omit<OpenAI.Chat.ChatCompletionCreateParamsNonStreaming, 'messages' | 'stream'>
  & { messages: Array<Others | Assistant>; stream?: boolean } & More;
export type VllmRequest = OfServer<{ chat_template_kwargs?: Record<string, unknown> }>;
export type LlamaCppRequest = OfServer<{
  chat_template_kwargs?: Record<string, unknown>;
  cache_prompt?: boolean;
}>;
export type OllamaRequest = OfServer<{}>;
export type OpenRouterRequest = OfServer<{
  reasoning?: { effort?: OpenAI.ReasoningEffort; max_tokens?: number; exclude?: boolean };
  usage?: { include: boolean };
  provider?: Record<string, unknown>;
}>;

// Gemini: the SDK's types are its own, not the wire's. There, names of enums are
// plain text, and what the SDK leaves optional must be there.
type Named<T extends string> = `${T}`;
type Need<T, K extends keyof T> = T & { [Each in K]-?: NonNullable<T[Each]> };
type Call = Need<Pick<Google.FunctionCall, 'id' | 'name' | 'args'>, 'name'>;
type Response = Need<Pick<Google.FunctionResponse, 'id' | 'name' | 'response'>,
  'name' | 'response'>;
type Signed = Pick<Google.Part, 'thought' | 'thoughtSignature'>;
type TextPart = Need<Signed & Pick<Google.Part, 'text'>, 'text'>
  & { functionCall?: never; functionResponse?: never };
type CallPart = Signed & { functionCall: Call; functionResponse?: never; text?: never };
type ResponsePart = { functionResponse: Response; functionCall?: never; text?: never };
type Declaration = Need<
  Pick<Google.FunctionDeclaration, 'name' | 'description' | 'parametersJsonSchema'>, 'name'>;
export interface GeminiRequest {
  contents: Array<
    | { role: 'user'; parts: Array<TextPart | ResponsePart> }
    | { role: 'model'; parts: Array<TextPart | CallPart> }>;
  systemInstruction?: { role?: 'user'; parts: Array<{ text: string }> };
  tools?: Array<{ functionDeclarations: Declaration[] }>;
  toolConfig?: {
    functionCallingConfig?: {
      mode?: Named<Google.FunctionCallingConfigMode>;
      allowedFunctionNames?: string[];
    };
  };
  generationConfig?: Pick<Google.GenerationConfig,
    'maxOutputTokens' | 'temperature' | 'topP' | 'topK' | 'seed' | 'candidateCount'
    | 'stopSequences' | 'responseMimeType' | 'responseJsonSchema'>
    & {
      thinkingConfig?: Pick<Google.ThinkingConfig, 'includeThoughts' | 'thinkingBudget'>
        & { thinkingLevel?: Named<Google.ThinkingLevel> };
    };
  safetySettings?: Array<{
    category: Named<Google.HarmCategory>;
    threshold: Named<Google.HarmBlockThreshold>;
  }>;
  cachedContent?: string;
  serviceTier?: Named<Google.ServiceTier>;
  continuationToken?: string;
}
