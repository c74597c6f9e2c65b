"""What a simulated shop consists of: its people, goods, words and deeds, and the truth that was planted in them.

Times are whole seconds since the epoch (UTC); the shop lives in Asia/Shanghai, which has been UTC+8 all year since 1992. Money is exact,
in yuan with two decimals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Literal

__all__ = [
    "SHANGHAI",
    "Campaign",
    "Conversation",
    "Customer",
    "Event",
    "Incident",
    "Kind",
    "Message",
    "Mood",
    "Order",
    "OrderLine",
    "Product",
    "Review",
    "Rule",
    "Shop",
    "Staff",
    "Truth",
    "local",
]

Kind = Literal["bargain", "loyal", "gift"]
Mood = Literal["positive", "neutral", "negative"]

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


def local(at: int) -> datetime:
    """Shop time of an instant in seconds since the epoch.

    >>> local(1772380800).isoformat()
    '2026-03-02T00:00:00+08:00'
    """
    return datetime.fromtimestamp(at, SHANGHAI)


@dataclass(frozen=True, slots=True)
class Product:
    """A thing on sale. `group` is tea, ware, gift or snack; `says` holds the short names that people use in chats."""

    id: str
    title: str
    category: str
    group: str
    price: Decimal
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer. `user_id` is the WeChat id that all files use; `joined` is when the shop first met them, perhaps long before."""

    user_id: str
    openid: str
    nickname: str
    city: str
    staff_id: str
    joined: int


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody of the shop. `median_reply` is how many seconds they take to answer on an ordinary day."""

    user_id: str
    nickname: str
    median_reply: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """A private service chat (id: the customer's) or a group. `owner_id` is the member of the staff whose account holds it."""

    id: str
    kind: Literal["private", "group"]
    title: str
    owner_id: str
    member_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes:
        sender_id: "" for the platform's own notices.
        kind: one of `records.MESSAGE_KINDS`.
        mentions: user ids after an @, in order of the stage.
        reply_to: id of the message it quotes, or "".
        thread: the talk it belongs to.
    """

    id: str
    conversation_id: str
    sender_id: str
    at: int
    kind: str
    text: str
    mentions: tuple[str, ...]
    reply_to: str
    thread: str


@dataclass(frozen=True, slots=True)
class OrderLine:
    product_id: str
    quantity: int
    unit_price: Decimal

    @property
    def amount(self) -> Decimal:
        return self.unit_price * self.quantity


@dataclass(frozen=True, slots=True)
class Order:
    id: str
    customer_id: str
    at: int
    lines: tuple[OrderLine, ...]
    city: str

    @property
    def amount(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))


@dataclass(frozen=True, slots=True)
class Event:
    """Something a customer did; `name` is one of `records.EVENT_NAMES`. Every order line is also a `buy`; a `refund` names its order."""

    id: str
    user_id: str
    name: str
    at: int
    product_id: str = ""
    order_id: str = ""
    quantity: int = 0
    amount: Decimal | None = None
    value: float | None = None
    query: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    id: str
    order_id: str
    customer_id: str
    product_id: str
    rating: int
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Rule:
    """Who buys all of `antecedent` also buys `consequent` with probability `confidence`; `base` is its share in other baskets."""

    antecedent: tuple[str, ...]
    consequent: str
    confidence: float
    base: float


@dataclass(frozen=True, slots=True)
class Incident:
    """The courier strike and the wrong parcels: its days, everything said because of it, the orders it hit, the refunds it caused."""

    days: tuple[date, ...]
    message_ids: tuple[str, ...]
    order_ids: tuple[str, ...]
    refund_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Campaign:
    """Follow the account, get a sample: `lift` is the planted ratio of daily events inside (first to last, both included) and outside."""

    first: date
    last: date
    lift: Mapping[str, float]
    newcomer_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """What was planted, for tests to find again.

    Attributes:
        kinds: customer's user_id → kind.
        moods: id of every text message, quote reply and review → the writer's mood.
        topics: thread → the scene that was played in it ("parcel", "gift", "stuck", …).
    """

    kinds: Mapping[str, Kind]
    rules: tuple[Rule, ...]
    incident: Incident
    campaign: Campaign
    moods: Mapping[str, Mood]
    topics: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shop:
    """One simulated shop. Messages, orders, events and reviews are in order of time."""

    seed: int
    start: date
    days: int
    name: str
    products: tuple[Product, ...]
    customers: tuple[Customer, ...]
    staff: tuple[Staff, ...]
    conversations: tuple[Conversation, ...]
    messages: tuple[Message, ...]
    orders: tuple[Order, ...]
    events: tuple[Event, ...]
    reviews: tuple[Review, ...]
    truth: Truth
