"""What is done with notices; the doors of other domains are ``notify`` and ``mail_staff``."""

from shuke.platform.notices.actions.configuring import choose_ways as choose_ways
from shuke.platform.notices.actions.configuring import forget_mail_server as forget_mail_server
from shuke.platform.notices.actions.configuring import remove_target as remove_target
from shuke.platform.notices.actions.configuring import save_mail_server as save_mail_server
from shuke.platform.notices.actions.configuring import save_target as save_target
from shuke.platform.notices.actions.configuring import try_mail as try_mail
from shuke.platform.notices.actions.configuring import try_target as try_target
from shuke.platform.notices.actions.posting import Attachment as Attachment
from shuke.platform.notices.actions.posting import mail_staff as mail_staff
from shuke.platform.notices.actions.posting import queue_letter as queue_letter
from shuke.platform.notices.actions.telling import mark_all_read as mark_all_read
from shuke.platform.notices.actions.telling import mark_read as mark_read
from shuke.platform.notices.actions.telling import notify as notify
from shuke.platform.notices.actions.telling import tidy as tidy
from shuke.platform.notices.rules import day as day
from shuke.platform.notices.rules import moment as moment
from shuke.platform.notices.rules import money as money
from shuke.platform.notices.rules import share as share
from shuke.platform.notices.rules import words as words
