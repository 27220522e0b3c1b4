// Generated from config/openapi.yaml by `npm run generate`; do not edit.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        readonly ObjectName: string;
        readonly Namespace: string;
        readonly Units: number;
        readonly Count: number;
        readonly Amount: string;
        readonly Currency: string;
        readonly Duration: string;
        readonly Consumer: string;
        readonly Note: string;
        /** @description Why, in words of your own; the event of the change says it as changeReason. */
        readonly ChangeReason: components["schemas"]["Note"];
        /** @enum {string} */
        readonly Level: "Normal" | "Low" | "Critical" | "Exhausted";
        /** @enum {string} */
        readonly Phase: "Pending" | "Waiting" | "Reserved" | "Confirmed" | "Released" | "Expired" | "Rejected";
        /** @description At how many available units the stock counts as low or critical. */
        readonly Thresholds: {
            readonly low?: components["schemas"]["Count"];
            readonly critical?: components["schemas"]["Count"];
        };
        /** @description How long a reservation holds units before they go back. */
        readonly HoldTerms: {
            readonly ttl?: components["schemas"]["Duration"];
            readonly maxTTL?: components["schemas"]["Duration"];
        };
        /** @description How many units one reservation, or all of one consumer, may have. */
        readonly Limits: {
            readonly perReservation?: components["schemas"]["Units"];
            readonly perConsumer?: components["schemas"]["Units"];
        };
        /** @description Who waits when units are short, and for how long. */
        readonly WaitlistTerms: {
            /** @enum {string} */
            readonly order?: "Strict" | "BestEffort";
            readonly maxLength?: number;
            readonly maxWait?: components["schemas"]["Duration"];
            readonly maxPriority?: number;
        };
        readonly Instant: string;
        readonly StockHistory: {
            readonly stockId: components["schemas"]["ObjectName"];
            readonly namespace: components["schemas"]["Namespace"];
            /** @description Of the stock whose history this is; another one of its name has its own. */
            readonly uid: string;
            readonly productId: string;
            readonly from: string;
            readonly to: string;
            readonly stepSeconds: number;
            readonly upTo: components["schemas"]["HistoryEnd"];
            readonly points: readonly components["schemas"]["HistoryPoint"][];
        };
        /** @description The newest decision of the stock that the history knows. */
        readonly HistoryEnd: {
            readonly sequence: number;
            readonly at: string;
        };
        /** @description Its balances at a time, after the decision of this sequence. */
        readonly HistoryPoint: {
            readonly at: string;
            readonly sequence: number;
            readonly quantity: components["schemas"]["Count"];
            readonly reserved: components["schemas"]["Count"];
            readonly confirmed: components["schemas"]["Count"];
            readonly available: components["schemas"]["Count"];
        };
        /** @enum {string} */
        readonly ConsumptionStatus: "PROCESSED" | "FAILED" | "SKIPPED" | "NEEDS_ATTENTION";
        readonly ToldEvent: {
            readonly eventId: string;
            /** @description Whose API it is. */
            readonly target: string;
            /** @description Such as reservation.reserved. */
            readonly eventType: string;
            readonly stockId: components["schemas"]["ObjectName"];
            /** @description The uid of the object. One that is made anew under the same name has another. Absent: it is not known. */
            readonly stockUid?: string;
            readonly namespace: components["schemas"]["Namespace"];
            /** @description It counts the events of its stock. */
            readonly sequence: number;
            readonly status: components["schemas"]["ConsumptionStatus"];
            /** @description What the other side calls the stock. Absent: it is not known. */
            readonly externalId?: string;
            /** @description Tries in vain. */
            readonly attempts: number;
            /** @description Of the last call. Absent: none was made. */
            readonly durationMs?: number;
            /** @description Why it is not PROCESSED, or was not at first. */
            readonly error?: string;
            readonly topic: string;
            readonly partition: number;
            readonly offset: number;
            /** @description When it was first written down. */
            readonly firstAt: string;
            /** @description When that was written last. */
            readonly at: string;
        };
        readonly ConsumptionList: {
            readonly items: readonly components["schemas"]["ToldEvent"][];
            /** @description The cursor of what follows. Absent = that is all. */
            readonly next?: string;
        };
        readonly NewStock: {
            readonly productId: string;
            readonly stockId?: components["schemas"]["ObjectName"];
            readonly quantity: components["schemas"]["Count"];
            readonly price?: components["schemas"]["Amount"];
            readonly currency?: components["schemas"]["Currency"];
            readonly description?: string;
            readonly unit?: string;
            /** @enum {string} */
            readonly reclaimPolicy?: "Consume" | "Return";
            readonly safetyStock?: components["schemas"]["Count"];
            readonly thresholds?: components["schemas"]["Thresholds"];
            readonly hold?: components["schemas"]["HoldTerms"];
            readonly limits?: components["schemas"]["Limits"];
            readonly waitlist?: components["schemas"]["WaitlistTerms"];
            readonly allowedNamespaces?: readonly string[];
            readonly paused?: boolean;
        };
        readonly NewQuantity: {
            readonly newQuantity: components["schemas"]["Count"];
            /** @description It is changed only while this is the quantity. */
            readonly expectedQuantity?: components["schemas"]["Count"];
            readonly reason?: components["schemas"]["ChangeReason"];
        };
        readonly NewPrice: {
            readonly price: components["schemas"]["Amount"];
            readonly currency: components["schemas"]["Currency"];
            readonly reason?: components["schemas"]["ChangeReason"];
        };
        readonly Because: {
            readonly reason?: components["schemas"]["ChangeReason"];
        };
        readonly ReserveStock: {
            readonly quantityToReserve: components["schemas"]["Units"];
            readonly reason?: components["schemas"]["Note"];
            readonly consumer?: components["schemas"]["Consumer"];
            readonly ttl?: components["schemas"]["Duration"];
            readonly waitFor?: components["schemas"]["Duration"];
            readonly priority?: components["schemas"]["Priority"];
            /** @description Keep the units at once: sold, or in use. */
            readonly confirm?: boolean;
        };
        readonly NewReservation: {
            readonly items: readonly components["schemas"]["NewLine"][];
            readonly reason?: components["schemas"]["Note"];
            readonly consumer?: components["schemas"]["Consumer"];
            readonly ttl?: components["schemas"]["Duration"];
            readonly waitFor?: components["schemas"]["Duration"];
            readonly priority?: components["schemas"]["Priority"];
            /** @description Keep the units at once: sold, or in use. */
            readonly confirm?: boolean;
        };
        readonly NewReservations: {
            readonly orders: readonly components["schemas"]["BatchOrder"][];
        };
        readonly NewLogs: {
            readonly entries: readonly (components["schemas"]["LogEntry"] | unknown)[];
        };
        readonly LogEntry: {
            /** @description When it was written, as 2026-01-31T12:00:00Z. Absent: when it came. */
            readonly timestamp?: string;
            /** @enum {unknown} */
            readonly level: "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR" | "FATAL";
            /** @description Which program writes it; small letters, digits, dashes and dots. */
            readonly service: string;
            readonly message: string;
            readonly correlationId?: string;
            readonly hexagonalLayer?: string;
            readonly domain?: string;
            readonly operation?: string;
            /** @description What tells it apart, also from itself when it comes again. Absent: one is made. */
            readonly eventId?: string;
            /** @description Whatever else belongs to it. */
            readonly payload?: Record<string, never>;
        };
        readonly LogResult: {
            /** @description Entries that every topic has acknowledged. */
            readonly accepted: number;
            /** @description Wrong ones of a partial call. */
            readonly rejected: readonly {
                readonly index: number;
                readonly errors: readonly components["schemas"]["Mistake"][];
            }[];
        };
        readonly BatchOrder: {
            /** @description As the header Idempotency-Key of an order that comes alone. */
            readonly idempotencyKey: string;
            readonly items: readonly components["schemas"]["NewLine"][];
            readonly reason?: components["schemas"]["Note"];
            readonly consumer?: components["schemas"]["Consumer"];
            readonly ttl?: components["schemas"]["Duration"];
            /** @description Keep the units at once: sold, or in use. */
            readonly confirm?: boolean;
        };
        readonly NewLine: {
            readonly stockId: components["schemas"]["ObjectName"];
            readonly stockNamespace?: components["schemas"]["Namespace"];
            readonly quantity: components["schemas"]["Units"];
        };
        readonly Priority: number;
        readonly Extension: {
            /** @description How long the hold lasts in all, counted from when it began. */
            readonly ttl: components["schemas"]["Duration"];
        };
        readonly Money: {
            readonly amount: string;
            readonly currency: string;
        };
        readonly Stock: {
            readonly stockId: string;
            readonly namespace: string;
            readonly productId?: string;
            readonly description?: string;
            readonly unit?: string;
            readonly reclaimPolicy?: string;
            /** @description As its owner wants it. */
            readonly quantity?: number;
            readonly safetyStock?: number;
            readonly thresholds?: components["schemas"]["Thresholds"];
            readonly hold?: components["schemas"]["HoldTerms"];
            readonly limits?: components["schemas"]["Limits"];
            readonly waitlist?: components["schemas"]["WaitlistTerms"];
            readonly allowedNamespaces?: readonly string[];
            readonly price?: string;
            readonly currency?: string;
            readonly paused?: boolean;
            /** @description Absent as long as it is not counted. */
            readonly available?: number;
            readonly reserved?: number;
            readonly confirmed?: number;
            readonly waiting?: number;
            /** @description How many more are out or kept back than exist. Absent = none. */
            readonly deficit?: number;
            readonly level?: components["schemas"]["Level"];
            /** @description The price of all units together, in its currency. */
            readonly totalValue?: string;
            /** @description Whether it hands out units. */
            readonly ready?: boolean;
            /** @description Why it doesn't. */
            readonly reason?: string;
            readonly message?: string;
            /** @description The number of the latest decision in these balances. */
            readonly sequence?: number;
            readonly createdAt?: string;
        };
        readonly StockList: {
            readonly items: readonly components["schemas"]["Stock"][];
            /** @description The cursor of what follows. Absent = that is all. */
            readonly next?: string;
        };
        readonly ReservedLine: {
            readonly stockId: string;
            readonly stockNamespace: string;
            readonly quantity: number;
            readonly unitPrice?: components["schemas"]["Money"];
            /** @description How many units it waits for. */
            readonly missing?: number;
        };
        readonly Reservation: {
            readonly reservationId: string;
            readonly namespace: string;
            readonly phase: components["schemas"]["Phase"];
            /** @description Why, from the closed list of docs/reference/reasons.md. */
            readonly reason?: string;
            readonly message?: string;
            readonly ledger?: components["schemas"]["Ledger"];
            /** @description Units that it has out. 0 when it has none. */
            readonly reserved?: number;
            /** @description What its stock has left. Of one stock only; absent when that isn't known yet. */
            readonly remaining?: number;
            /** @description The number of the stock's decision after which that is. */
            readonly remainingAsOf?: number;
            readonly items: readonly components["schemas"]["ReservedLine"][];
            readonly consumer?: string;
            readonly requestId?: string;
            readonly note?: string;
            /** @description What its client wants: Reserved, Confirmed or Released. */
            readonly wanted?: string;
            readonly expiresAt?: string;
            readonly reservedAt?: string;
            readonly confirmedAt?: string;
            readonly finishedAt?: string;
            readonly totalPrice?: readonly components["schemas"]["Money"][];
            readonly waitingSince?: string;
            readonly waitsUntil?: string;
            /** @description Its place in line. */
            readonly position?: number;
            readonly createdAt?: string;
        };
        /** @description Where it is kept. Absent = it is an object in the cluster. */
        readonly Ledger: {
            /** @enum {string} */
            readonly kind: "Postgres";
            /** @description As the settings name it. */
            readonly database: string;
        };
        readonly ReservationResults: {
            readonly results: readonly components["schemas"]["ReservationResult"][];
        };
        readonly ReservationResult: {
            readonly idempotencyKey: string;
            /** @description As of the order alone; 503 = nothing was done, send it again with this key. */
            readonly status: number;
            /** @description Where it is held or confirmed. */
            readonly reservation?: components["schemas"]["Reservation"];
            /** @description Where it is not. */
            readonly problem?: components["schemas"]["Problem"];
            /** @description true = an earlier order with this key did it. */
            readonly replayed?: boolean;
        };
        readonly ReservationList: {
            readonly items: readonly components["schemas"]["Reservation"][];
            /** @description The cursor of what follows. Absent = that is all. */
            readonly next?: string;
        };
        /** @enum {string} */
        readonly OrderPhase: "Pending" | "Validating" | "Reserving" | "Paying" | "Confirming" | "Notifying" | "Completed" | "Cancelling" | "Cancelled" | "NeedsAttention";
        readonly NewOrder: {
            /** @description Who orders, and whose stock it will be. Absent: whoever calls. */
            readonly customer?: components["schemas"]["Consumer"];
            readonly items: readonly components["schemas"]["NewLine"][];
            readonly payment: components["schemas"]["NewPayment"];
            /** @description How long its stock is held at first; default 15m. While it is being paid that is extended. */
            readonly ttl?: components["schemas"]["Duration"];
            /** @description How long it may wait in line when units are short. */
            readonly waitFor?: components["schemas"]["Duration"];
        };
        /** @description How it is paid. */
        readonly NewPayment: {
            /** @description The provider's name for a card or an account of the customer. Never its numbers. */
            readonly method: components["schemas"]["Consumer"];
            readonly provider: string;
            readonly amount: components["schemas"]["NewMoney"];
        };
        /** @description What is to be paid in all; an order whose items cost something else comes to nothing. */
        readonly NewMoney: {
            readonly amount: components["schemas"]["Amount"];
            readonly currency: components["schemas"]["Currency"];
        };
        readonly Order: {
            readonly orderName: string;
            readonly namespace: string;
            /** @description What people call it, such as ORD-0909A693. Absent: nothing was done for it yet. */
            readonly orderId?: string;
            readonly phase: components["schemas"]["OrderPhase"];
            /** @description Why, from the closed list of docs/reference/api.md. */
            readonly reason?: string;
            readonly message?: string;
            readonly customer: string;
            readonly items: readonly components["schemas"]["OrderedLine"][];
            readonly payment: components["schemas"]["Payment"];
            /** @description Of the reservation that holds its stock, from when it may be there. */
            readonly reservationId?: string;
            readonly requestId?: string;
            /** @description true = somebody wants it undone. */
            readonly cancelled?: boolean;
            readonly createdAt?: string;
            /** @description When it was paid and sold. From then on it is never undone. */
            readonly madeAt?: string;
            readonly finishedAt?: string;
        };
        readonly OrderedLine: {
            readonly stockId: string;
            readonly stockNamespace: string;
            readonly quantity: number;
        };
        /** @description What is to be paid, and where the money is. */
        readonly Payment: {
            readonly method: string;
            readonly provider: string;
            readonly amount: components["schemas"]["Money"];
            /** @description As docs/reference/api.md has them; Taken = with the shop, Unknown = nobody knows. Absent: nothing was asked of the provider. */
            readonly state?: string;
            /** @description What the provider calls the payment. */
            readonly reference?: string;
        };
        readonly OrderList: {
            readonly items: readonly components["schemas"]["Order"][];
            /** @description The cursor of what follows. Absent = that is all. */
            readonly next?: string;
        };
        readonly Machine: {
            readonly machineId: string;
            readonly namespace: string;
            readonly cpu?: number;
            readonly memory?: string;
            /** @description Absent = it has storages. */
            readonly disk?: string;
            /** @description The VirtualStorages of its namespace that are its disks. Absent = it has a disk. */
            readonly storages?: readonly string[];
            readonly phase?: string;
            readonly reason?: string;
            readonly message?: string;
            readonly owner?: string;
            readonly pool?: string;
            readonly provider?: string;
            readonly reservationId?: string;
            readonly endpoints?: readonly {
                readonly name?: string;
                readonly address?: string;
                readonly port?: number;
            }[];
            readonly cost?: readonly {
                readonly hourly?: string;
                readonly currency?: string;
            }[];
            readonly startedAt?: string;
            readonly createdAt?: string;
        };
        readonly MachineList: {
            readonly items: readonly components["schemas"]["Machine"][];
            /** @description The cursor of what follows. Absent = that is all. */
            readonly next?: string;
        };
        /** @enum {string} */
        readonly RequestStatus: "Queued" | "Accepted" | "Working" | "Completed" | "Failed";
        readonly NewRequest: {
            readonly type: components["schemas"]["RequestType"];
            /** @description Your name for the resource, which is called the same in small letters, digits and -. Absent: it gets one of its own. */
            readonly resourceId?: components["schemas"]["Consumer"];
            readonly specifications: components["schemas"]["Specifications"];
            readonly metadata?: components["schemas"]["RequestMetadata"];
        };
        /** @enum {string} */
        readonly RequestType: "CREATE_VIRTUAL_MACHINE" | "DELETE_VIRTUAL_MACHINE" | "CREATE_VIRTUAL_STORAGE" | "DELETE_VIRTUAL_STORAGE" | "CREATE_VIRTUAL_NETWORK" | "DELETE_VIRTUAL_NETWORK";
        /** @description For whom it is, and how it is known. */
        readonly RequestMetadata: {
            /** @description Who is to own the resource. Absent: whoever calls. */
            readonly userId?: components["schemas"]["Consumer"];
            readonly priority?: components["schemas"]["Priority"];
            /** @description An id of yours that appears in events and logs. Absent: X-Request-Id. */
            readonly correlationId?: components["schemas"]["Consumer"];
        };
        /** @description To create a machine: cpu, memory, disk and pool; a storage: size and pool; a network: cidr and vlan; and what else the spec of that kind may say. To delete one: originalMessageId (the messageId of the request that it was made for) or uid. */
        readonly Specifications: {
            readonly cpu?: number;
            readonly memory?: components["schemas"]["Size"];
            readonly disk?: components["schemas"]["Size"];
            readonly network?: {
                readonly name: string;
            };
            readonly image?: string;
            readonly pool?: string;
            readonly poolNamespace?: components["schemas"]["Namespace"];
            /** @enum {string} */
            readonly provider?: "KubeVirt" | "PersistentVolumeClaim" | "NetworkAttachmentDefinition" | "Simulated";
            /** @enum {string} */
            readonly runStrategy?: "Always" | "RerunOnFailure" | "Halted";
            readonly waitFor?: components["schemas"]["Duration"];
            readonly size?: components["schemas"]["Size"];
            readonly class?: components["schemas"]["Label"];
            readonly iops?: number;
            /** @enum {string} */
            readonly reclaim?: "Retain" | "Delete";
            readonly cidr?: string;
            readonly vlan?: number;
            readonly fabric?: components["schemas"]["Label"];
            readonly namespaces?: readonly components["schemas"]["Namespace"][];
            readonly originalMessageId?: components["schemas"]["Consumer"];
            readonly uid?: string;
        };
        readonly Label: string;
        readonly Size: string;
        readonly Request: {
            readonly requestId: string;
            readonly namespace: string;
            /**
             * @description NotAccepted - its message was taken from Kafka, and there is no request of it.
             * @enum {string}
             */
            readonly status: "Queued" | "Accepted" | "Working" | "Completed" | "Failed" | "NotAccepted";
            /** @description Why, from the closed list of docs/reference/api.md. */
            readonly reason?: string;
            readonly message?: string;
            readonly type?: string;
            /** @description Of the message that it is, or would be. */
            readonly messageId?: string;
            readonly correlationId?: string;
            /** @description As its sender calls the resource. */
            readonly resourceId?: string;
            readonly userId?: string;
            readonly priority?: number;
            /** @description What was made for it, or what it ends. */
            readonly resource?: {
                readonly kind: string;
                readonly name: string;
                readonly id: string;
            };
            /** @description Its place among those that wait. Absent: it doesn't, or nobody knows. */
            readonly queuePosition?: number;
            /** @description Seconds that what is under way mostly takes. Absent: nobody knows. */
            readonly estimatedTime?: number;
            readonly endpoints?: readonly {
                readonly name?: string;
                readonly address?: string;
                readonly port?: number;
            }[];
            /** @description What was done with it, and by whom. */
            readonly history?: readonly components["schemas"]["RequestStep"][];
            readonly createdAt?: string;
            readonly startedAt?: string;
            readonly completedAt?: string;
            /** @description Where it is found later; the same as Location. */
            readonly trackingUrl?: string;
        };
        readonly RequestStep: {
            readonly service: string;
            readonly operation: string;
            readonly status: string;
            readonly at: string;
        };
        readonly RequestList: {
            readonly items: readonly components["schemas"]["Request"][];
            /** @description The cursor of what follows. Absent = that is all. */
            readonly next?: string;
        };
        /** @description RFC 9457. */
        readonly Problem: {
            /** @description `/problems/` and the reason: there the gateway says what it means and what to do. */
            readonly type: string;
            readonly title: string;
            readonly status: number;
            /** @description What is wrong, in a sentence. */
            readonly detail: string;
            /**
             * @description A word for programs, from this list.
             * @enum {string}
             */
            readonly reason: "Invalid" | "NamespaceMissing" | "IdempotencyKeyMissing" | "Unauthorized" | "Forbidden" | "NotFound" | "MethodNotAllowed" | "TooSlow" | "Conflict" | "AlreadyExists" | "NamespaceFull" | "PreconditionFailed" | "TooLarge" | "UnsupportedMediaType" | "ExpectationFailed" | "Unprocessable" | "KeyReused" | "TooManyRequests" | "HeadersTooLarge" | "Internal" | "NobodyLeads" | "Overloaded" | "IssuerAway" | "ApiServerAway" | "DatabaseAway" | "KafkaAway" | "ClockSkew" | "OrdersFull" | "StockBusy" | "EventsBehind" | "Stale" | "Stopping" | "ReleasedByClient" | "Deleted" | "HoldExpired" | "ConfirmedTooLate" | "WaitTimedOut" | "InsufficientStock" | "NeverFits" | "StockNotFound" | "StockNotShared" | "StockPaused" | "StockTerminating" | "StockGone" | "LimitPerReservation" | "LimitPerConsumer" | "WaitlistFull" | "HoldTooLong" | "WaitTooLong" | "PriorityTooHigh" | "NoWaitlist" | "LedgersDiffer" | "Undone" | "NoRoom" | "UserRefused" | "UserCheckUnavailable" | "HoldRefused" | "NameTaken" | "PaymentDeclined" | "PaymentNotTaken" | "PaymentUnavailable" | "ProviderUnknown" | "NotPayable" | "SeveralCurrencies" | "PriceChanged" | "AmountDiffers" | "HoldLost" | "StockSoldByOthers" | "CaptureRefused" | "CancelledByClient" | "CancelledTooLate" | "LateCharge" | "Resolved";
            readonly instance?: string;
            readonly requestId: string;
            readonly reservationId?: string;
            readonly orderName?: string;
            readonly requested?: number;
            readonly available?: number;
            readonly missing?: number;
            readonly errors?: readonly components["schemas"]["Mistake"][];
        };
        readonly Mistake: {
            /** @description Where: a JSON pointer into the body, or the name of a parameter. */
            readonly pointer: string;
            readonly detail: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type ObjectName = components['schemas']['ObjectName'];
export type Namespace = components['schemas']['Namespace'];
export type Units = components['schemas']['Units'];
export type Count = components['schemas']['Count'];
export type Amount = components['schemas']['Amount'];
export type Currency = components['schemas']['Currency'];
export type Duration = components['schemas']['Duration'];
export type Consumer = components['schemas']['Consumer'];
export type Note = components['schemas']['Note'];
export type ChangeReason = components['schemas']['ChangeReason'];
export type Level = components['schemas']['Level'];
export type Phase = components['schemas']['Phase'];
export type Thresholds = components['schemas']['Thresholds'];
export type HoldTerms = components['schemas']['HoldTerms'];
export type Limits = components['schemas']['Limits'];
export type WaitlistTerms = components['schemas']['WaitlistTerms'];
export type Instant = components['schemas']['Instant'];
export type StockHistory = components['schemas']['StockHistory'];
export type HistoryEnd = components['schemas']['HistoryEnd'];
export type HistoryPoint = components['schemas']['HistoryPoint'];
export type ConsumptionStatus = components['schemas']['ConsumptionStatus'];
export type ToldEvent = components['schemas']['ToldEvent'];
export type ConsumptionList = components['schemas']['ConsumptionList'];
export type NewStock = components['schemas']['NewStock'];
export type NewQuantity = components['schemas']['NewQuantity'];
export type NewPrice = components['schemas']['NewPrice'];
export type Because = components['schemas']['Because'];
export type ReserveStock = components['schemas']['ReserveStock'];
export type NewReservation = components['schemas']['NewReservation'];
export type NewReservations = components['schemas']['NewReservations'];
export type NewLogs = components['schemas']['NewLogs'];
export type LogEntry = components['schemas']['LogEntry'];
export type LogResult = components['schemas']['LogResult'];
export type BatchOrder = components['schemas']['BatchOrder'];
export type NewLine = components['schemas']['NewLine'];
export type Priority = components['schemas']['Priority'];
export type Extension = components['schemas']['Extension'];
export type Money = components['schemas']['Money'];
export type Stock = components['schemas']['Stock'];
export type StockList = components['schemas']['StockList'];
export type ReservedLine = components['schemas']['ReservedLine'];
export type Reservation = components['schemas']['Reservation'];
export type Ledger = components['schemas']['Ledger'];
export type ReservationResults = components['schemas']['ReservationResults'];
export type ReservationResult = components['schemas']['ReservationResult'];
export type ReservationList = components['schemas']['ReservationList'];
export type OrderPhase = components['schemas']['OrderPhase'];
export type NewOrder = components['schemas']['NewOrder'];
export type NewPayment = components['schemas']['NewPayment'];
export type NewMoney = components['schemas']['NewMoney'];
export type Order = components['schemas']['Order'];
export type OrderedLine = components['schemas']['OrderedLine'];
export type Payment = components['schemas']['Payment'];
export type OrderList = components['schemas']['OrderList'];
export type Machine = components['schemas']['Machine'];
export type MachineList = components['schemas']['MachineList'];
export type RequestStatus = components['schemas']['RequestStatus'];
export type NewRequest = components['schemas']['NewRequest'];
export type RequestType = components['schemas']['RequestType'];
export type RequestMetadata = components['schemas']['RequestMetadata'];
export type Specifications = components['schemas']['Specifications'];
export type Label = components['schemas']['Label'];
export type Size = components['schemas']['Size'];
export type Request = components['schemas']['Request'];
export type RequestStep = components['schemas']['RequestStep'];
export type RequestList = components['schemas']['RequestList'];
export type Problem = components['schemas']['Problem'];
export type Mistake = components['schemas']['Mistake'];
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
