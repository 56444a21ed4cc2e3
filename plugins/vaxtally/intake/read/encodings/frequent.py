"""Words with diacritics that lists of vaccinated people hold: names, headers, places, notes. All in small letters."""

MOST_COMMON = """
nguyễn trần lê phạm huỳnh hoàng vũ võ đặng bùi đỗ hồ ngô dương lý văn thị hữu đức ngọc quốc thành họ và tên giới
tính ngày số điện thoại địa chỉ phường xã quận huyện tỉnh mũi tiêm vắc lô mã đơn vị nữ chú năm
"""
COMMON = """
trương đinh lâm đoàn trịnh hà châu tạ thái tô quách tăng kiều thạch sơn lương lưu tống đào đàm đồng hứa khổng lục
mạc nghiêm nhâm ông phùng quản tào thân thẩm tiêu tôn triệu từ viên vương âu bành bạch cái cổ cù doãn giáp hạ hàn
hàng hình hồng khưu khương lại lăng liêu lò lỗ lữ mẫn mẫu mông nông ngụy nhữ phí phó sầm sử thiều thiệu thôi tiết
tòng trà triều trưng tưởng uông văng vòng yên diệp đậu điền điểu đường đổng giàng hờ hầu ngân nghê quàng thào tướng
vàng vừ cầm dũng hùng tuấn phúc khải bình hải thắng tài đạt quân kiên lộc nghĩa nhân thiện toàn trí cường đông hiếu
hòa hoà khánh phát quý tâm thịnh tín việt hương thảo phượng hạnh hằng yến trâm tuyền xuân hiền duyên liên nguyệt
quyên thơ thủy thuỷ tiên vân uyên ánh ái công bảo đình trọng nhật phước chí thế tấn mỹ bích thúy thuý diệu như cẩm
tuyết thùy thuỳ quỳnh ân bách bằng bá bửu cảnh cát chánh chiến chương côn cương cúc cơ dân diễm diễn diện đại đan
đăng đệ điệp định độ duệ dưỡng dậu giàu hân hảo hậu hiển hiệp hiệu hoài hoạch hoàn hoạt học hội huân huấn huệ hưng
hưởng huyên huyền hợi hợp khả khắc khoát khôi khởi khuê khuyến kiệm kiệt kính kỳ lài lành lạc lập lễ lệ lệnh lịch
lợi luân luận lực lựu lượng lưỡng lụa lãm lân lộ mạnh mão miên miền mộng mừng mười mùi mến nghị nghiệp ngà ngôn
nguyên ngữ ngọ nhàn nhã nhẫn nhất nhị nhớ nhuận nhường niên nở nương nụ phấn phẩm phụng phú phục phương quế quới
quyền quyết quyến quảng quỹ rạng sáng sáu siêu sự sửu sương tạo tần tân tập tất tây thạnh thắm thập thất thêm thìn
thiên thiết thọ thống thời thới thông thục thuận thuần thuật thưởng thường thư thương thước thụy tiến tiếp tích tình
tịnh toản tỏa tố tới trân triết triển trình trúc trực trường trưởng truyền trước tuân tuệ tuyến tuyên tươi tường
tuyển tý tỵ tỷ tùng tú tư tứ út ửng vạn vĩ viễn vĩnh vọng vững vượng vỹ vệ xứng xuyến xương ý ấn bắc bảy biên bền
bạn bông bưởi bé chiêu chiểu chính chúc chuyên chức chắc chấn cẩn cầu cừ cử đằng đáng đấu đến đính đoan đô đồ động
được đượm gái giỏi hào hiến hỷ kế kết khuyên kiếm kiện lắm láng lãng liễu liệu lĩnh liêm lướt lợt mơ mỵ một năng nết
nên ngợi ngời nhạn nhựt phiến phiệt phối quỳ sắc sĩ sỹ sâm tám tấm thăng thâm thể thuyết thêu thử tím tròn trầm tuất
úc uẩn vịnh viện vường xướng xoàn yêu đạo đảo đoạt phố trấn tổ ấp khóm hẻm ngõ căn hộ cư lầu tầng nhà đội làng bản
thôn xóm buôn hoành hóc môn củ cần giờ bè thủ gò vấp bà rịa vũng tàu tiền bến sóc trăng bạc cà đắk lắk ngãi đà nẵng
huế thừa trị tĩnh nghệ hóa phòng lào bái lạng tháp nhơn lái nghé lãnh cô đa cách mạng tháng chín trãi phủ thụ kháng
đẩu lũy bán đản giáo sư bác cán bộ chống dịch nghèo đầu người trên tuổi trở lên bệnh nền mạn khám tế trạm sở tiểu
hiểm thẻ nghề nhóm ưu đối tượng phản ứng báo nơi loại lần liều tác sửa mới hủy huỷ phiếu chiếu cước chứng đã không
có bị sốt đau nhức mệt nhẹ vết chỗ mỏi sưng đỏ ngứa dõi tại cấp cứu dị thuốc huyết áp đái phụ bú hoãn chưa rõ nhắc
bổ khác quả sách cáo tổng cộng biểu ký trách đợt buổi chiều tối dưới trẻ mẹ của vợ chồng giám già yếu tật đổi ngoài
tịch nước tạm trú hiện bàn cuối cùng bốn đủ thứ tự xác nhận kiểm hẹn gọi hệ lòng
"""
