"""The platform's return codes: what they mean and what a caller may do about them.

Source: the platform's table of return codes and the pages of its endpoints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["CODES", "COMMON", "QUOTAS", "Code", "Quota", "Retry", "code_of"]


class Retry(StrEnum):
    """What to do after a code."""

    TOKEN = "token"  # noqa: S105 - renew the token and try once more
    BACK_OFF = "back_off"
    """Try again a little later, a bounded number of times."""
    QUOTA = "quota"
    """A quota is used up: stop until it is renewed."""
    NEVER = "never"
    """The same call will fail again."""


@dataclass(frozen=True, slots=True)
class Code:
    """One return code."""

    number: int
    meaning: str
    retry: Retry = Retry.NEVER
    hint: str = ""


T, B, Q, N = Retry.TOKEN, Retry.BACK_OFF, Retry.QUOTA, Retry.NEVER
_MORE = "see the documentation of the endpoint"

_ROWS: tuple[tuple[int, Retry, str, str], ...] = (
    (-1, B, "the platform is busy", "try again in a few seconds"),
    (40001, T, "app secret or token is invalid, or the token is not the latest", "check app id and secret; let one store keep the token"),
    (40002, N, "grant_type is wrong", ""),
    (40003, N, "the openid is invalid", "an openid belongs to one app: use one of this account's followers"),
    (40004, N, "the type of media is invalid", "use image, voice, video or thumb"),
    (40005, N, "the type of the file is invalid", "see which formats the endpoint takes"),
    (40006, N, "the size of the file is invalid", "see how large the file may be"),
    (40007, N, "the media id is invalid", "it may have expired: uploads are kept three days"),
    (40008, N, "the type of message is invalid", ""),
    (40009, N, "the picture is too large", ""),
    (40013, N, "the app id is invalid", "check the app id, capitals included"),
    (40014, T, "the access token is invalid", "let one store keep the token"),
    (40016, N, "the number of buttons is invalid", "a menu has one to three buttons"),
    (40017, N, "the type of a button is invalid", ""),
    (40018, N, "the name of a button has a wrong length", "16 bytes, 60 in a sub-menu"),
    (40019, N, "the key of a button has a wrong length", "at most 128 bytes"),
    (40020, N, "the URL of a button has a wrong length", "at most 1,024 bytes"),
    (40021, N, "the version of the menu is invalid", ""),
    (40022, N, "the menu has too many levels", "a menu has two levels"),
    (40023, N, "the number of buttons in a sub-menu is invalid", "one to five"),
    (40024, N, "the type of a button in a sub-menu is invalid", ""),
    (40025, N, "the name of a button in a sub-menu has a wrong length", ""),
    (40026, N, "the key of a button in a sub-menu has a wrong length", ""),
    (40027, N, "the URL of a button in a sub-menu has a wrong length", ""),
    (40029, N, "the code of the log-in is invalid", "send the person through the log-in again"),
    (40030, N, "the refresh token is invalid", "send the person through the log-in again"),
    (40031, N, "the list of openids is invalid", ""),
    (40032, N, "the list of openids has a wrong length", "send fewer at a time"),
    (40033, N, "the request holds \\uXXXX escapes", "send UTF-8"),
    (40035, N, "a parameter is invalid", _MORE),
    (40037, N, "the template id is invalid", "list the templates of the account"),
    (40040, N, "the user token does not fit", ""),
    (40048, N, "the URL is of a domain that is not allowed", "add the domain in the account's settings"),
    (40050, N, "the id of the group is invalid", "list the groups"),
    (40051, N, "the name of the group is invalid or taken", "choose another name"),
    (40053, N, "action_info of the QR code is invalid", ""),
    (40054, N, "the URL of a sub-menu is of a domain that is not allowed", ""),
    (40055, N, "the URL of a menu is of a domain that is not allowed", ""),
    (40056, N, "the agent id is invalid", "use the id of an application of this corp"),
    (40058, N, "a parameter is invalid", _MORE),
    (40059, N, "the message id is invalid", ""),
    (40060, N, "the article is none of this message", "articles count from 1"),
    (40066, N, "the URL is invalid", ""),
    (40091, N, "the secret is invalid", "check the secret of the application"),
    (40096, N, "the external user id is invalid", ""),
    (40097, N, "the arguments are invalid", _MORE),
    (40125, N, "the app secret is invalid", "copy it again from the account's settings"),
    (40129, N, "the scene is invalid", "use 1 profile, 2 comment, 3 forum or 4 social log"),
    (40132, N, "the WeChat id is invalid", ""),
    (40163, N, "the code of the log-in was used before", "a code serves once: send the person through the log-in again"),
    (40164, N, "this server's address is not on the account's list", "add the address in the account's settings"),
    (40226, N, "the user is of high risk", "the log-in is refused"),
    (41001, T, "the token is missing", ""),
    (41002, N, "the app id is missing", ""),
    (41003, N, "the refresh token is missing", ""),
    (41004, N, "the app secret is missing", ""),
    (41005, N, "the media is missing", ""),
    (41006, N, "the media id is missing", ""),
    (41008, N, "the code of the log-in is missing", ""),
    (41009, N, "the openid is missing", ""),
    (41030, N, "the page is not one of the mini-program", ""),
    (42001, T, "the access token has expired", ""),
    (42002, N, "the refresh token has expired", "send the person through the log-in again"),
    (42003, N, "the code of the log-in has expired", "send the person through the log-in again"),
    (42007, N, "the person changed the password", "send the person through the log-in again"),
    (43001, N, "the endpoint is asked by GET", ""),
    (43002, N, "the endpoint is asked by POST", ""),
    (43003, N, "the endpoint is asked over HTTPS", ""),
    (43004, N, "the person does not follow the account", ""),
    (43019, N, "the person is on the blacklist", ""),
    (43100, Q, "the industry was changed this month already", "wait until next month"),
    (43101, N, "the person refuses this message", "ask for the subscription again"),
    (44001, N, "the media is empty", ""),
    (44002, N, "the request is empty", ""),
    (44003, N, "the articles are empty", ""),
    (44004, N, "the text is empty", ""),
    (45001, N, "the media is too large", ""),
    (45002, N, "the content is too long", "a text has at most 2,048 bytes"),
    (45003, N, "the title is too long", ""),
    (45004, N, "the description is too long", ""),
    (45005, N, "the URL is too long", ""),
    (45006, N, "the URL of the picture is too long", ""),
    (45007, N, "the voice is too long", "at most 60 seconds"),
    (45008, N, "there are too many articles", ""),
    (45009, Q, "the day's quota of this endpoint is used up", "it is renewed at midnight; or clear it (ten times a month)"),
    (45011, B, "too many calls in this minute", "go on in the next minute"),
    (45015, N, "the person has not written in the last 48 hours", "answer later, or send a template or subscribe message"),
    (45019, N, "too many users in one call", "send at most 100"),
    (45026, N, "the account has too many templates", "delete one"),
    (45028, Q, "the quota of mass messages is used up", ""),
    (45029, Q, "there are too many QR codes", ""),
    (45033, B, "too many calls at the same time", "try again in a few seconds"),
    (45047, Q, "the quota of customer messages for this person is used up", "wait until the person writes again"),
    (45056, N, "the account has 100 tags already", "delete one"),
    (45057, N, "the tag has more than 100,000 followers", "untag some first"),
    (45058, N, "the tag is one of the platform's own", "tags 0, 1 and 2 cannot be changed"),
    (45059, N, "the follower has 20 tags already", "take one away"),
    (45065, N, "the client message id was used before", "the message was sent already"),
    (45066, B, "the client message id was tried again too fast", "wait a little"),
    (45067, N, "the client message id is too long", "at most 64 bytes"),
    (45072, N, "the command is neither Typing nor CancelTyping", ""),
    (45080, N, "the person was not active in the last 30 seconds", ""),
    (45081, N, "the state is typing already", ""),
    (45083, N, "the speed is not between 0 and 4", ""),
    (45084, N, "the speed is not given", ""),
    (45157, N, "the name of the tag is invalid or taken", "choose another name"),
    (45158, N, "the name of the tag is too long", "at most 30 bytes"),
    (45159, N, "the id of the tag is invalid", "list the tags"),
    (46001, N, "there is no such media", ""),
    (46002, N, "there is no such version of the menu", ""),
    (46003, N, "there is no menu", "create one first"),
    (46004, N, "there is no such user", ""),
    (47001, N, "the JSON or XML is malformed", ""),
    (47003, N, "the data do not fit the template", "see the template's keywords"),
    (48001, N, "the account has no permission for this endpoint", "see the account's list of permissions"),
    (48002, N, "the person rejects messages", ""),
    (48004, N, "the endpoint is banned for this account", "see the account's notices"),
    (48005, N, "the material is in use", "take it out of menus and replies first"),
    (48006, Q, "the quota was cleared ten times this month", "wait until next month"),
    (49003, N, "openid and app id do not belong together", ""),
    (49008, N, "the group is not one of customers", ""),
    (50001, N, "the user has not authorised this endpoint", ""),
    (50002, N, "the user is restricted", ""),
    (50004, N, "the account is frozen", ""),
    (50005, N, "the person does not follow the account", ""),
    (50007, N, "the account is frozen", ""),
    (53500, N, "publishing is restricted", ""),
    (53501, N, "too many publications in a short time", "wait a little"),
    (53502, N, "the draft cannot be published", ""),
    (53503, N, "the draft has not passed the check", "see the draft in the account's pages"),
    (53504, N, "publishing needs an action in the account's pages", ""),
    (53505, N, "publishing needs an action in the account's pages", "save the draft there and try again"),
    (53600, N, "the article id is invalid", ""),
    (60003, N, "there is no such department", ""),
    (60011, N, "the application may not see this person or department", "widen its visible range"),
    (60020, N, "this server's address is not on the application's list", "add the address in the application's settings"),
    (60111, N, "there is no such user id", ""),
    (61004, N, "this server's address is not registered with the platform application", ""),
    (61005, N, "the verify ticket has expired", "use the one that was pushed last"),
    (61006, N, "the verify ticket is invalid", "use the one that was pushed last"),
    (61007, N, "the endpoint is not among those that were authorised", ""),
    (61009, N, "the authorization code is invalid", "let the account authorise again"),
    (61010, N, "the openid was not active in the last two hours", ""),
    (61023, N, "the authorizer's refresh token is invalid", "let the account authorise again"),
    (61450, N, "the customer-service system failed", "see whether customer service is opened for the account"),
    (61451, N, "a parameter is invalid", ""),
    (61452, N, "there is no such customer-service account", ""),
    (61453, N, "the customer-service account exists already", ""),
    (61454, N, "the name of the customer-service account is too long", "at most 10 characters before the @"),
    (61455, N, "the name of the customer-service account has characters that are not allowed", "letters and digits"),
    (61456, N, "there are too many customer-service accounts", ""),
    (61457, N, "the type of the picture is invalid", "use JPG"),
    (61500, N, "the date is malformed", "use YYYY-MM-DD"),
    (61501, N, "the range of dates is invalid", "end before today, and no more days than the endpoint allows"),
    (61503, B, "the day's figures are not ready", "they are ready about 08:00 on the next day"),
    (65301, N, "there is no such conditional menu", ""),
    (65302, N, "there is no such user", ""),
    (65303, N, "there is no default menu", "create one first"),
    (65304, N, "the match rule is empty", ""),
    (65305, N, "there are too many conditional menus", ""),
    (65306, N, "the account has no conditional menus", ""),
    (65307, N, "the conditional menu has no content", ""),
    (65308, N, "a button of the conditional menu does nothing", "give it a type"),
    (65309, N, "conditional menus are switched off", "switch them on in the account's pages"),
    (65310, N, "the match rule has a province or city, but no country", ""),
    (65311, N, "the match rule has a city, but no province", ""),
    (65312, N, "the country of the match rule is invalid", ""),
    (65313, N, "the province of the match rule is invalid", ""),
    (65314, N, "the city of the match rule is invalid", ""),
    (65316, N, "the menu leads to too many outside domains", "at most three"),
    (65317, N, "a URL of the conditional menu is invalid", ""),
    (76001, N, "there is no such request id", ""),
    (76002, N, "the request id is malformed", ""),
    (76003, N, "the request id is another account's", ""),
    (76004, N, "the request id is older than seven days", ""),
    (76021, N, "there is no endpoint at this path", "give the path with a leading slash and without the host"),
    (76022, N, "the quota of this path cannot be asked by this kind of account", ""),
    (81013, N, "none of the receivers is valid", "see the application's visible range"),
    (84061, N, "there is no relation to this external contact", ""),
    (84074, N, "the application may not use customer contacts", "give it the permission in the corp's settings"),
    (86001, N, "the chat id is invalid", ""),
    (86003, N, "the chat does not exist", ""),
    (86004, N, "the name of the chat is too long", ""),
    (86005, N, "the chat's members are invalid", ""),
    (86006, N, "the chat id exists already", ""),
    (86007, N, "the chat's owner is invalid", ""),
    (86008, N, "the chat was not made by this application", ""),
    (87009, N, "the signature is invalid", ""),
    (87014, N, "the content is risky", ""),
    (88000, N, "the account has no comments", ""),
    (88001, N, "there is no such message", ""),
    (88002, N, "the article's comments are restricted", ""),
    (88003, N, "there are too many elected comments", ""),
    (88004, N, "the comment was deleted by its author", ""),
    (88005, N, "the comment was answered already", ""),
    (88007, N, "the answer is empty or too long", ""),
    (88008, N, "there is no such comment", ""),
    (88009, N, "the comment has no answer", ""),
    (88010, N, "too many comments asked for at a time", "ask for at most 49"),
    (88011, N, "the article's comments are restricted", ""),
    (89501, B, "the call from this address waits for an administrator", "let the administrator confirm the address, then try again"),
    (89502, B, "the call from this address is not confirmed yet", "let the administrator confirm the address, then try again"),
    (89503, B, "the call from this address needs an administrator", "let the administrator confirm the address, then try again"),
    (89504, B, "the call from this address is not confirmed yet", "let the administrator confirm the address, then try again"),
    (89505, B, "the call from this address is not confirmed yet", "let the administrator confirm the address, then try again"),
    (89506, B, "the administrator refused this address twice", "try again after 24 hours"),
    (89507, B, "the administrator refused this address", "try again after an hour"),
    (101000, N, "the address of the picture cannot be read", ""),
    (101001, N, "there is no document in the picture", ""),
    (101002, N, "the quota of recognitions is used up", "add to the account's quota of recognitions"),
    (200012, N, "the account has too many templates", "delete one"),
    (200014, N, "the number of the template is invalid", "list the library's templates"),
    (200016, N, "the start of the page is invalid", ""),
    (200017, N, "the size of the page is invalid", "at most 30"),
    (200018, N, "a category is invalid", "list the account's categories"),
    (200020, N, "the list of keywords is invalid", "two to five of the template's keywords"),
    (200021, N, "the description of the scene is invalid", "at most 15 characters"),
    (301052, N, "the message archive has expired", "renew it in the corp's settings"),
)  # fmt: skip

CODES: Mapping[int, Code] = {number: Code(number, meaning, retry, hint) for number, retry, meaning, hint in _ROWS}
"""The documented codes that callers of these endpoints meet."""

COMMON = (-1, 40001, 40014, 41001, 42001, 45009, 45011, 48001)
"""Codes that every endpoint with an access token may answer."""


def code_of(number: int) -> Code:
    """What a code means; one that is not in the table is never tried again.

    >>> code_of(45009).retry.value, code_of(123456).retry.value
    ('quota', 'never')
    """
    return CODES.get(number) or Code(number, "the platform refused the call", Retry.NEVER, _MORE)


@dataclass(frozen=True, slots=True)
class Quota:
    """Calls a day of a new official account, and of a test account."""

    daily: int
    test: int


QUOTAS: Mapping[str, Quota] = {
    "token": Quota(2_000, 200),
    "menu/create": Quota(1_000, 100),
    "menu/get": Quota(10_000, 1_000),
    "menu/delete": Quota(1_000, 100),
    "tags/create": Quota(1_000, 100),
    "tags/get": Quota(1_000, 100),
    "tags/update": Quota(1_000, 100),
    "tags/move": Quota(100_000, 1_000),
    "media/upload": Quota(100_000, 500),
    "media/get": Quota(200_000, 1_000),
    "custom/send": Quota(500_000, 50_000),
    "mass/send": Quota(100, 100),
    "mass/preview": Quota(100, 100),
    "qrcode/create": Quota(100_000, 10_000),
    "user/get": Quota(500, 100),
    "user/info": Quota(5_000_000, 500_000),
    "user/remark": Quota(10_000, 10_000),
    "sec_check": Quota(2_000_000, 2_000_000),
    "media_check": Quota(200_000, 200_000),
}
"""Daily quotas by name. An account that grows is given more."""
