"""WeCom: template cards, messages with buttons and choices. What is None is left out; which fields a card takes depends on its type."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = [
    "CardAction",
    "CardButton",
    "CardChoice",
    "CardImage",
    "CardJump",
    "CardLine",
    "CardMenu",
    "CardMenuAction",
    "CardOption",
    "CardQuote",
    "CardSource",
    "CardSubmit",
    "CardText",
    "CardTextPicture",
    "TemplateCard",
]


class CardSource(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a card comes from; `desc_color`: 0 grey, 1 black, 2 red, 3 green."""

    icon_url: str = ""
    desc: str = ""
    desc_color: int = 0


class CardMenuAction(msgspec.Struct, frozen=True):
    """An entry of a card's menu."""

    text: str
    key: str


class CardMenu(msgspec.Struct, frozen=True, omit_defaults=True):
    """The menu in a card's corner; it needs a `task_id`."""

    action_list: list[CardMenuAction]
    desc: str = ""


class CardText(msgspec.Struct, frozen=True, omit_defaults=True):
    """A title and what is below it."""

    title: str = ""
    desc: str = ""


class CardQuote(msgspec.Struct, frozen=True, omit_defaults=True):
    """A quotation; `type`: 0 no link, 1 to `url`, 2 to a mini-program."""

    type: int = 0
    url: str = ""
    appid: str = ""
    pagepath: str = ""
    title: str = ""
    quote_text: str = ""


class CardLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line with a name and a value; `type`: 0 text, 1 link, 2 file, 3 a member."""

    keyname: str
    value: str = ""
    type: int = 0
    url: str = ""
    media_id: str = ""
    userid: str = ""


class CardJump(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line that leads somewhere; `type`: 0 nowhere, 1 to `url`, 2 to a mini-program."""

    title: str
    type: int = 0
    url: str = ""
    appid: str = ""
    pagepath: str = ""


class CardAction(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a click on the card does; `type` as in `CardJump`."""

    type: int = 0
    url: str = ""
    appid: str = ""
    pagepath: str = ""


class CardImage(msgspec.Struct, frozen=True, omit_defaults=True):
    """The picture of a card; `aspect_ratio` between 1.3 and 2.25."""

    url: str
    aspect_ratio: float | None = None


class CardTextPicture(msgspec.Struct, frozen=True, omit_defaults=True):
    """Text beside a picture; `type` as in `CardJump`."""

    image_url: str
    title: str = ""
    desc: str = ""
    type: int = 0
    url: str = ""
    appid: str = ""
    pagepath: str = ""


class CardButton(msgspec.Struct, frozen=True, omit_defaults=True):
    """A button; `style` 1 to 4, `type` 1 opens `url` in place of sending `key`."""

    text: str
    key: str = ""
    style: int = 1
    type: int = 0
    url: str = ""


class CardOption(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something to choose."""

    id: str
    text: str
    is_checked: bool = False


class CardChoice(msgspec.Struct, frozen=True, omit_defaults=True):
    """A question with options; `mode` of a vote: 0 one of them, 1 several."""

    question_key: str
    option_list: list[CardOption]
    title: str = ""
    selected_id: str = ""
    mode: int | None = None


class CardSubmit(msgspec.Struct, frozen=True):
    """The button that sends the choices."""

    text: str
    key: str


class TemplateCard(
    msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="msgtype", tag="template_card"
):
    """A card. Cards with buttons or choices need a `task_id`, unique in the application, with which answers come back."""

    card_type: Literal["text_notice", "news_notice", "button_interaction", "vote_interaction", "multiple_interaction"]
    task_id: str | None = None
    source: CardSource | None = None
    action_menu: CardMenu | None = None
    main_title: CardText | None = None
    quote_area: CardQuote | None = None
    emphasis_content: CardText | None = None
    sub_title_text: str | None = None
    horizontal_content_list: list[CardLine] | None = None
    vertical_content_list: list[CardText] | None = None
    jump_list: list[CardJump] | None = None
    card_action: CardAction | None = None
    card_image: CardImage | None = None
    image_text_area: CardTextPicture | None = None
    button_selection: CardChoice | None = None
    button_list: list[CardButton] | None = None
    checkbox: CardChoice | None = None
    select_list: list[CardChoice] | None = None
    submit_button: CardSubmit | None = None
