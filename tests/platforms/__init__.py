"""Stand-ins for the platforms of the messaging channels: real HTTP on loopback, real signatures, their own limits."""

from __future__ import annotations

from platforms.slack import Slack
from platforms.stand_in import Said, StandIn
from platforms.teams import Teams
from platforms.telegram import Telegram
from platforms.twilio import Twilio
from platforms.whatsapp import WhatsApp

__all__ = ["PLATFORMS", "Said", "Slack", "StandIn", "Teams", "Telegram", "Twilio", "WhatsApp"]
PLATFORMS = (Telegram, Twilio, WhatsApp, Teams, Slack)
